using Soket.Explain;

namespace Soket.Bench;

/// <summary>Failures of one kind: the same call, the same error.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many.</param>
public sealed record BenchFailure(SocketFailure First, long Count)
{
    internal (SocketCall Call, string Error) Kind => (First.Call, First.Error.Name);
}
