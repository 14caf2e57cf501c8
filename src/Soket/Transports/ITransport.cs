using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Soket.Transports;

/// <summary>Whether a transport works here.</summary>
/// <param name="IsSupported">Whether it does.</param>
/// <param name="Reason">Why not, as a stable key; empty when it does.</param>
public readonly record struct TransportSupport(bool IsSupported, string Reason);

/// <summary>
/// What carries connections: ASP.NET's own pair of abstractions, plus a name and an honest probe of what works here.
/// </summary>
/// <remarks>
/// Closing means the same on every transport. <c>Output.Complete()</c> is the half-close (SHUT_WR). <c>Input</c> completes at the peer's FIN.
/// <c>ConnectionClosed</c> fires after both, or on an abort. <c>Abort</c> is a reset (RST). A peer's reset surfaces as
/// <see cref="ConnectionResetException"/> around a <see cref="Explain.SocketFailure"/>; every other failure is a
/// <see cref="Explain.SocketFailure"/>. <c>DisposeAsync</c> closes in order: it half-closes first when that has not been done,
/// and gives up on a peer that takes nothing for a while. The end or the reset that the peer sends is noticed by reading or writing: a connection
/// that nobody reads from learns of neither. A flush that is cancelled takes nothing back: the bytes stay on their way.
/// </remarks>
public interface ITransport : IConnectionListenerFactory, IConnectionFactory
{
    /// <summary>Its name: <c>managed</c>, <c>memory</c> ...</summary>
    string Name { get; }

    /// <summary>Says whether it works on this machine, by trying rather than by guessing.</summary>
    TransportSupport Probe();
}

/// <summary>What a transport can do; contract tests follow it.</summary>
/// <param name="HalfClose">Whether one direction can end while the other goes on.</param>
/// <param name="Reset">Whether an abort reaches the peer as a reset, told apart from an orderly end.</param>
public readonly record struct TransportCapabilities(bool HalfClose, bool Reset);
