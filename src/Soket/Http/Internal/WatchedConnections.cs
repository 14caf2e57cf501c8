using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;

namespace Soket.Http.Internal;

/// <summary>Keeps which addresses were tried, and how that ended, where the one that answered is all that is handed on.</summary>
internal sealed class WatchedConnections(IConnectionFactory inner) : IConnectionFactory
{
    private readonly Lock _lock = new();
    private readonly List<Attempt> _attempts = [];

    /// <summary>The attempts so far, in the order they were begun.</summary>
    public IReadOnlyList<ConnectAttempt> Attempts
    {
        get
        {
            lock (_lock)
                return [.. _attempts.Select(attempt => new ConnectAttempt(attempt.Address, attempt.Elapsed ?? Stopwatch.GetElapsedTime(attempt.Started), attempt.Error))];
        }
    }

    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var attempt = new Attempt(endpoint, Stopwatch.GetTimestamp());
        lock (_lock)
            _attempts.Add(attempt);
        SystemError? error = null;
        try
        {
            return await inner.ConnectAsync(endpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (SocketFailure.Find(e) is { } failure)
        {
            error = failure.Error;
            throw;
        }
        finally
        {
            lock (_lock)
                (attempt.Elapsed, attempt.Error) = (Stopwatch.GetElapsedTime(attempt.Started), error);
        }
    }

    private sealed class Attempt(EndPoint address, long started)
    {
        public EndPoint Address { get; } = address;

        public long Started { get; } = started;

        public TimeSpan? Elapsed { get; set; }

        public SystemError? Error { get; set; }
    }
}
