namespace WaOperator.WhatsApp.Transport;

/// <summary>What exceptions are called in messages for people.</summary>
internal static class ErrorText
{
    /// <summary>
    /// The message, and those of the exceptions inside that say more: the outer one of .NET's network stack is often no more
    /// than "An error occurred while sending the request."
    /// </summary>
    public static string Of(Exception e)
    {
        var told = e.Message;
        for (var inner = e.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (!told.Contains(inner.Message, StringComparison.Ordinal))
                told = $"{told.TrimEnd('.', ' ')}: {inner.Message}";
        }
        return told.Replace(", see inner exception", "", StringComparison.Ordinal);
    }
}
