namespace WaOperator.WhatsApp;

/// <content>Accounts that are linked with a passkey.</content>
public sealed partial class WhatsAppDevice
{
    /// <summary>Answers a <see cref="PasskeyRequest"/> with what the account's passkey signed.</summary>
    /// <param name="assertion">JSON as the browser's <c>PublicKeyCredential.toJSON()</c> gives it; 16,384 characters at most.</param>
    /// <param name="ct">Ends the wait, not the step.</param>
    /// <returns>
    /// Completes when the server has accepted it. <see cref="PasskeyCode"/> or <see cref="PairSuccess"/> follow.
    /// </returns>
    /// <exception cref="FormatException">It is malformed, or answers another request. Another one may be given.</exception>
    /// <exception cref="InvalidOperationException">There is no connection, or no passkey is asked for.</exception>
    /// <exception cref="QueryRefusedException">The server does not accept it. The connection ends as <see cref="DisconnectKind.PairingRejected"/>.</exception>
    public Task AnswerPasskeyAsync(string assertion, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(assertion);
        return Session.Pairing.Passkey.AnswerAsync(assertion).WaitAsync(ct);
    }

    /// <summary>Says that a person found the characters of a <see cref="PasskeyCode"/> on the phone as well.</summary>
    /// <exception cref="InvalidOperationException">There is no connection, or no code is shown.</exception>
    /// <exception cref="QueryRefusedException">The server does not take the device's keys. The connection ends as <see cref="DisconnectKind.PairingRejected"/>.</exception>
    public Task ConfirmPasskeyCodeAsync(CancellationToken ct) =>
        Session.Pairing.Passkey.ConfirmAsync().WaitAsync(ct);
}
