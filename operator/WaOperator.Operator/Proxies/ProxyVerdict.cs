using WaOperator.Operator.Sessions;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Proxies;

/// <summary>What became of the proxy that a session declares.</summary>
/// <param name="Sealed">Its address for the pods; null: there is none.</param>
/// <param name="Trouble">Why there is none.</param>
public sealed record ProxyVerdict(SealedProxy? Sealed, Trouble? Trouble);
