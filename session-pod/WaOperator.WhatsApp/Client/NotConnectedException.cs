namespace WaOperator.WhatsApp;

/// <summary>Something was asked of a device that has no connection; nothing was done.</summary>
internal sealed class NotConnectedException()
    : InvalidOperationException("The device has no connection.");
