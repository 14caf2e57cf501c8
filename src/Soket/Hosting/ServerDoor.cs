using System.Net;
using System.Net.Sockets;
using Soket.Endpoints;
using Soket.Events;
using Soket.Explain;

namespace Soket.Hosting;

/// <summary>Where connections come in and go out, whoever carries them: places, descriptors, counts, and what a person is told of that. Any thread.</summary>
internal sealed class ServerDoor(SocketServerOptions options, Action<ServerNotice>? notice, TimeProvider time) : IDisposable
{
    // A process out of descriptors: when one of its connections ends the next accept succeeds, and nobody tells when another process gives one back.
    private static readonly TimeSpan BackOff = TimeSpan.FromMilliseconds(100);

    private readonly Admission _admission = new(options.Limits);
    private readonly SpareDescriptors _spare = new();
    private readonly CancellationTokenSource _stopping = new(); // never disposed: it has no timer, and connections ask for its token to the last
    private TaskCompletionSource _connectionEnded = new(TaskCreationOptions.RunContinuationsAsynchronously); // replaced whenever it fires

    /// <summary>What has been done.</summary>
    public ServerCounters Counters { get; } = new(Math.Max(options.Limits.MaxBuffered, 4L * options.Framing.MaxMessage));

    /// <summary>Cancelled when the server stops: nobody is let in any more, and who waits is to leave.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Whether the server stops.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>Completes when the next connection has ended.</summary>
    public Task ConnectionEnded => Volatile.Read(ref _connectionEnded).Task;

    /// <summary>Stops.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    /// <summary>Lets a connection in.</summary>
    /// <param name="peer">Who came.</param>
    /// <returns>Null when it was let in; else why not, as a stable key.</returns>
    public string? Enter(EndPoint? peer)
    {
        string? refusal = _admission.Enter(peer);
        if (refusal is null)
            Counters.Accepted();
        else
            Counters.Refused();
        return refusal;
    }

    /// <summary>A connection that was let in has ended.</summary>
    /// <param name="peer">Who came.</param>
    public void Leave(EndPoint? peer)
    {
        _admission.Leave(peer);
        Interlocked.Exchange(ref _connectionEnded, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <summary>Whether there are descriptors enough for another connection.</summary>
    public bool HasRoom() => _spare.TryHold(_admission.Total);

    /// <summary>Looks, after an accept, whether there are descriptors for another one.</summary>
    public void Accepted() => _spare.Check(_admission.Total);

    /// <summary>The system could not give a connection: what is held back is given away, so that nothing else fails.</summary>
    public void AcceptFailed(SocketFailure? failure)
    {
        if (failure?.Error.Name is "EMFILE" or "ENFILE")
            _spare.Release(_admission.Total);
    }

    /// <summary>Waits before something that failed is tried again: until a connection ends, or for a moment.</summary>
    /// <param name="ended"><see cref="ConnectionEnded"/> as it was before the failure, so that what ended meanwhile counts.</param>
    public Task RestAsync(Task ended) => Task.WhenAny(ended, Task.Delay(BackOff, time, _stopping.Token));

    /// <summary>Waits for a moment, or until the server stops.</summary>
    public Task RestAsync() => RestAsync(_stopping.IsCancellationRequested ? Task.CompletedTask : Task.Delay(Timeout.InfiniteTimeSpan, _stopping.Token));

    /// <summary>Tells a person.</summary>
    public void Tell(string key, SocketUri endpoint, SocketFailure? failure)
    {
        try
        {
            notice?.Invoke(new ServerNotice(key, endpoint, failure));
        }
        catch (Exception)
        {
            // Whoever is told must not end what serves everybody.
        }
    }

    /// <summary>Tells the event stream why a connection was not let in.</summary>
    public static void TellRefusal(SocketScope? scope, string refusal, BoundEndpoint bound, EndPoint? local, EndPoint? peer) =>
        scope?.Failed(SocketCall.Accept, SocketScope.Now, new SocketFailure(
            SocketCall.Accept,
            SystemError.Own(refusal == "denied" ? "SOKET_DENIED" : "SOKET_LIMIT", refusal),
            new FailureContext { Endpoint = bound.Actual.ToString(), Local = local, Remote = peer, Facts = new Dictionary<string, string> { ["limit"] = refusal } }), refusal);

    /// <summary>Tells the event stream that a service threw.</summary>
    public static SocketFailure TellServiceFailed(Exception e, SocketScope? scope, BoundEndpoint bound, EndPoint? remote)
    {
        var failure = new SocketFailure(
            SocketCall.None, SystemError.Own("SOKET_SERVICE", e.Message), new FailureContext { Endpoint = bound.Actual.ToString(), Remote = remote, Facts = new Dictionary<string, string> { ["service"] = bound.Service.Name, ["exception"] = e.GetType().Name } }, e);
        scope?.Failed(SocketCall.None, SocketScope.Now, failure);
        return failure;
    }

    /// <summary>What accept(2) would say.</summary>
    public static SocketFailure OutOfDescriptors(BoundEndpoint bound) => new(
        SocketCall.Accept, new SystemError("EMFILE", Errno.Number("EMFILE"), Errno.Text("EMFILE")!), new FailureContext { Endpoint = bound.Actual.ToString(), Transport = bound.Actual.SchemeName });

    /// <summary>Prepares for exhaustion: with no descriptor left no assembly can be loaded either, and then not even the failure could be told.</summary>
    public static void LoadWhatExhaustionNeeds() =>
        _ = SocketFailure.From(SocketCall.Accept, new SocketException((int)SocketError.TooManyOpenSockets)).ToString();

    public void Dispose() => _spare.Dispose();
}
