using System.CommandLine;
using System.Security.Cryptography;
using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client;

/// <summary>The command line: verbs, options, exit codes. All output is JSON lines on standard output.</summary>
internal static class Cli
{
    /// <summary>The verb did what it is for.</summary>
    public const int Done = 0;

    /// <summary>It did not; the last line says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong; the only line says what.</summary>
    public const int Misused = 2;

    /// <summary>Six weeks: what a timer can hold.</summary>
    private const int MostSeconds = 4_000_000;

    private static readonly Option<Uri> Url = new("--url")
    {
        Description = "The server, wss://host/ws/chat (ws:// for tests). Default WhatsApp's own.",
        CustomParser = result => Address(result, "--url"),
    };

    private static readonly Option<FileInfo> Ca = new("--ca")
    {
        Description =
            "PEM file with the certificate authorities that TLS trusts in place of the system's.",
    };

    private static readonly Option<string> RootKey = new("--root-key")
    {
        Description =
            "Root of the server's Noise certificates: 64 hex digits, or a file that holds them. Default WhatsApp's own.",
    };

    private static readonly Option<DirectoryInfo> State = new("--state")
    {
        Description =
            "Directory that keeps the device's keys. Made if it is missing; used by one program at a time.",
        Required = true,
    };

    private static readonly Option<ProxyAddress> Proxy = new("--proxy")
    {
        Description =
            "http://, https://, socks5:// or socks5h:// proxy, with user:password@ if need be.",
        CustomParser = ProxyOf,
    };

    private static readonly Option<string> Phone = new("--phone")
    {
        Description =
            "pair: the only phone to accept, in international form such as 491701234567. Default any.",
    };

    private static readonly Option<bool> ByCode = new("--code")
    {
        Description =
            "pair: print a code of 8 characters that is typed into the phone of --phone, in place of QR codes.",
    };

    private static readonly Option<string> Name = new("--name")
    {
        Description = "pair: the name under which the phone lists the device.",
        DefaultValueFactory = _ => DeviceOptions.Default.Name,
    };

    private static readonly Option<int> PreKeys = new("--prekeys")
    {
        Description = "How many one-time prekeys the first upload has.",
        DefaultValueFactory = _ => DeviceOptions.Default.FirstPreKeys,
    };

    private static readonly Option<double?> For = new("--for")
    {
        Description =
            "connect, listen: seconds after which to close; default never. Other verbs: how long to try; default 60.",
    };

    private static readonly Option<bool> Once = new("--once")
    {
        Description = "connect, listen: do not connect again when the connection ends.",
    };

    private static readonly Option<long?> Since = new("--since")
    {
        Description =
            "listen: print first what came after this entry (its seq); 0 prints all that is kept. Default nothing.",
    };

    private static readonly Option<bool> Obey = new("--commands")
    {
        Description =
            "listen: read commands from standard input, one JSON object a line; its end ends the program.",
    };

    /// <summary>Runs one command line. Cancellation is what SIGTERM is: the verb closes politely.</summary>
    public static Task<int> RunAsync(
        string[] args,
        TextWriter output,
        CancellationToken ct = default
    ) => RunAsync(args, Console.In, output, ct);

    /// <inheritdoc cref="RunAsync(string[], TextWriter, CancellationToken)"/>
    public static async Task<int> RunAsync(
        string[] args,
        TextReader input,
        TextWriter output,
        CancellationToken ct
    )
    {
        var lines = new JsonLines(output);
        var parsed = Commands(lines, input).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            lines.Error(
                "Usage",
                null,
                string.Join(' ', parsed.Errors.Select(error => error.Message)),
                "Run wa-client --help."
            );
            return Misused;
        }
        return await parsed.InvokeAsync(cancellationToken: ct);
    }

    private static RootCommand Commands(JsonLines lines, TextReader input)
    {
        var root = new RootCommand("A WhatsApp multi-device client that prints JSON lines.")
        {
            Verb(
                "pair",
                "Links a new device: prints QR codes until one is scanned, or a code to type into the phone, then logs in once.",
                [Phone, ByCode, Name],
                (_, context, ct) => Verbs.PairAsync(context, ct)
            ),
            Verb(
                "connect",
                "Logs in and stays connected until SIGTERM or --for, without taking messages.",
                [For, Once],
                (_, context, ct) => Verbs.ConnectAsync(context, ct)
            ),
            Verb(
                "listen",
                "Stays connected as connect does, takes messages and prints them; obeys commands with --commands.",
                [For, Once, Since, Obey],
                (parsed, context, ct) =>
                    Verbs.ListenAsync(context, parsed.GetValue(Since), parsed.GetValue(Obey), ct)
            ),
            Verb(
                "logout",
                "Takes the device off the account and removes its keys.",
                [],
                (_, context, ct) => Verbs.LogoutAsync(context, ct)
            ),
        };
        foreach (var verb in CommandVerbs.All)
            root.Add(
                Verb(
                    verb.Name,
                    verb.Description,
                    [For, .. verb.Options],
                    (parsed, context, ct) =>
                    {
                        var (command, arguments) = verb.Read(parsed);
                        return Verbs.CommandAsync(context, verb.Name, command, arguments, ct);
                    },
                    verb.Argument
                )
            );
        root.Add(ImportVerb.Command(lines));
        return root;

        Command Verb(
            string name,
            string description,
            IEnumerable<Option> own,
            Func<ParseResult, VerbContext, CancellationToken, Task<int>> run,
            Argument? argument = null
        )
        {
            var command = new Command(name, description);
            if (argument is not null)
                command.Add(argument);
            foreach (var option in (Option[])[Url, Ca, RootKey, State, Proxy, PreKeys, .. own])
                command.Add(option);
            command.SetAction((parsed, ct) => RunVerbAsync(parsed, lines, input, run, ct));
            return command;
        }
    }

    private static async Task<int> RunVerbAsync(
        ParseResult parsed,
        JsonLines lines,
        TextReader input,
        Func<ParseResult, VerbContext, CancellationToken, Task<int>> run,
        CancellationToken ct
    )
    {
        try
        {
            using var runtime = new WhatsAppRuntime(await OptionsAsync(parsed, ct));
            var device = Device(parsed);
            device.Validate();
            using var store = FileStore.Open(parsed.GetRequiredValue(State).FullName);
            var time = parsed.CommandResult.Command.Options.Contains(For)
                ? parsed.GetValue(For)
                : null;
            var limit = time is { } seconds ? Duration(seconds) : Timeout.InfiniteTimeSpan;
            return await run(
                parsed,
                new(runtime, device, store, lines, input, limit, Flag(parsed, Once)),
                ct
            );
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            lines.Error("Usage", null, Plain(e), "Correct the option and run the command again.");
            return Misused;
        }
        catch (Exception e)
            when (e
                    is IOException
                        or UnauthorizedAccessException
                        or InvalidDataException
                        or CryptographicException
            )
        {
            lines.Error(
                "State",
                null,
                e.Message,
                "Look at the files named by --state, --ca and --root-key."
            );
            return Failed;
        }
    }

    private static TimeSpan Duration(double seconds) =>
        seconds is > 0 and <= MostSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException(
                $"--for must be above 0 and at most {MostSeconds} seconds."
            );

    private static async Task<WhatsAppOptions> OptionsAsync(
        ParseResult parsed,
        CancellationToken ct
    )
    {
        var options = new WhatsAppOptions();
        if (parsed.GetValue(Url) is { } url)
            options = options with { Url = url };
        if (parsed.GetValue(Ca) is { } ca)
            options = options with { TlsCaPem = await File.ReadAllTextAsync(ca.FullName, ct) };
        if (parsed.GetValue(RootKey) is { } root)
            options = options with { RootKey = await RootKeyAsync(root, ct) };
        return options;
    }

    private static async Task<byte[]> RootKeyAsync(string value, CancellationToken ct)
    {
        var text = (File.Exists(value) ? await File.ReadAllTextAsync(value, ct) : value).Trim();
        return text.Length == 64 && text.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text)
            : throw new FormatException(
                "--root-key is neither 64 hex digits nor a file that holds them."
            );
    }

    private static DeviceOptions Device(ParseResult parsed)
    {
        var device = new DeviceOptions
        {
            FirstPreKeys = parsed.GetValue(PreKeys),
            Proxy = parsed.GetValue(Proxy),
        };
        if (!parsed.CommandResult.Command.Options.Contains(Name))
            return device;
        var byCode = parsed.GetValue(ByCode);
        if (byCode && parsed.GetValue(Phone) is null)
            throw new FormatException(
                "--code needs --phone: the code is for one phone, whose number must be known."
            );
        return device with
        {
            Name = parsed.GetValue(Name)!,
            ExpectedPhone = parsed.GetValue(Phone) is { } phone ? Number(phone) : null,
            Pairing = byCode ? PairingMethod.Code : PairingMethod.Qr,
        };
    }

    private static string Number(string text) =>
        PhoneNumberReader.TryRead(text, out var number, out var problem)
            ? number
            : throw new FormatException($"--phone is not a valid phone number: {problem}.");

    private static bool Flag(ParseResult parsed, Option<bool> option) =>
        parsed.CommandResult.Command.Options.Contains(option) && parsed.GetValue(option);

    private static Uri? Address(System.CommandLine.Parsing.ArgumentResult result, string option)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address))
            return address;
        result.AddError($"{option} is not an absolute URL.");
        return null;
    }

    private static ProxyAddress? ProxyOf(System.CommandLine.Parsing.ArgumentResult result)
    {
        if (ProxyAddress.TryParse(result.Tokens[0].Value, out var proxy, out var problem))
            return proxy;
        result.AddError($"--proxy {problem}.");
        return null;
    }

    /// <summary>What is said, without the name of a parameter in the code.</summary>
    public static string Plain(Exception e) =>
        e is ArgumentException { ParamName: { } name }
            ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal)
            : e.Message;
}
