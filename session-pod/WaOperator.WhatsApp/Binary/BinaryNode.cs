using System.Text;

namespace WaOperator.WhatsApp.Binary;

/// <summary>What a <see cref="BinaryNode"/> carries besides its attributes.</summary>
internal enum NodeContent
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Child nodes, possibly none.</summary>
    Children,

    /// <summary>Bytes; on the wire also any text that is no token, number or address.</summary>
    Bytes,

    /// <summary>Text: a token, packed digits or an address when it came from the wire.</summary>
    Text,
}

/// <summary>
/// A stanza or a part of one: a tag, text attributes in their order, and children, bytes or text.
/// A peer chooses how a value is written (token, packed, address, raw), so a reader never relies on that form:
/// attributes are always text, and <see cref="Bytes"/> and <see cref="Text"/> read each other's form.
/// </summary>
internal sealed class BinaryNode
{
    private readonly byte[]? _bytes;
    private readonly string? _text;
    private readonly IReadOnlyList<BinaryNode>? _children;
    private KeyValuePair<string, string>[] _attributes;
    private int _count;

    /// <summary>Makes a node without attributes and content.</summary>
    /// <exception cref="ArgumentException">The tag is empty.</exception>
    public BinaryNode(string tag)
        : this(tag, []) { }

    internal BinaryNode(string tag, KeyValuePair<string, string>[] attributes)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        Tag = tag;
        _attributes = attributes;
        _count = attributes.Length;
    }

    /// <summary>The name.</summary>
    public string Tag { get; }

    /// <summary>The attributes in their order.</summary>
    public ReadOnlySpan<KeyValuePair<string, string>> Attributes => _attributes.AsSpan(0, _count);

    /// <summary>An attribute's text or null; setting null leaves the attribute out (it does not remove one).</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (key, value) in Attributes)
            {
                if (key == name)
                    return value;
            }
            return null;
        }
        set
        {
            if (value is null)
                return;
            for (var i = 0; i < _count; i++)
            {
                if (_attributes[i].Key != name)
                    continue;
                _attributes[i] = new(name, value);
                return;
            }
            if (_count == _attributes.Length)
                Array.Resize(ref _attributes, Math.Max(4, _count * 2));
            _attributes[_count++] = new(name, value);
        }
    }

    /// <summary>Which of the three contents this is.</summary>
    public NodeContent Content { get; private init; }

    /// <summary>The child nodes; empty where there are none.</summary>
    public IReadOnlyList<BinaryNode> Children
    {
        get => _children ?? [];
        init
        {
            _children = value;
            Content = NodeContent.Children;
        }
    }

    /// <summary>The bytes; of text its UTF-8; empty where there is neither. Not to be changed.</summary>
    public byte[] Bytes
    {
        get => _bytes ?? (_text is null ? [] : Encoding.UTF8.GetBytes(_text));
        init
        {
            _bytes = value;
            Content = NodeContent.Bytes;
        }
    }

    /// <summary>The text; of bytes what they are in UTF-8; empty where there is neither.</summary>
    public string Text
    {
        get => _text ?? (_bytes is null ? "" : Encoding.UTF8.GetString(_bytes));
        init
        {
            _text = value;
            Content = NodeContent.Text;
        }
    }

    /// <summary>The first child, or null.</summary>
    public BinaryNode? FirstChild => Children is [var first, ..] ? first : null;

    /// <summary>The first child with a tag, or null.</summary>
    public BinaryNode? Child(string tag)
    {
        foreach (var child in Children)
        {
            if (child.Tag == tag)
                return child;
        }
        return null;
    }

    /// <summary>All children with a tag.</summary>
    public IEnumerable<BinaryNode> ChildrenWith(string tag) =>
        Children.Where(child => child.Tag == tag);

    /// <summary>The tags of the node and its children, for logs: neither attributes nor contents, which may be private.</summary>
    public override string ToString() =>
        Content == NodeContent.Children
            ? $"<{Tag}>({string.Join(',', Children.Take(8).Select(child => child.Tag))})"
            : $"<{Tag}>";
}
