using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Soket.Middleware.Rates;

/// <summary>Slows a connection down to so many bytes a second, each direction by itself.</summary>
/// <remarks>
/// What is sent goes out in pieces of a tenth of a second; what comes is read no faster, so that TCP's flow control slows the peer down once the
/// buffers in between are full. It is the average that is kept: after each piece comes the pause that piece has cost.
/// </remarks>
public static class RateLimit
{
    /// <summary>Replaces the connection's transport by one that is slowed down; what stands above (a framing, a conversation) needs to know nothing of it.</summary>
    /// <param name="connection">The connection, after its TLS handshake where there is one.</param>
    /// <param name="bytesPerSecond">The most payload a second in each direction, 1 or more.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is less than 1.</exception>
    public static void Put(ConnectionContext connection, long bytesPerSecond, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        time ??= TimeProvider.System;
        IDuplexPipe below = connection.Transport;
        connection.Transport = new Slowed(
            new SlowedReader(below.Input, new Pace(bytesPerSecond, time)),
            new SlowedWriter(below.Output, new Pace(bytesPerSecond, time), connection.ConnectionClosed));
    }

    private sealed record Slowed(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
