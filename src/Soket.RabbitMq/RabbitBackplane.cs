using System.Threading.Channels;
using RabbitMQ.Client;
using Soket.Chat;
using Soket.RabbitMq.Internal;

namespace Soket.RabbitMq;

/// <summary>
/// A chat's backplane on RabbitMQ: a log is a queue of the type stream, notes go over a fanout exchange. A connection that is lost is made again, what the broker
/// had not confirmed is sent again, in order, and each log is read on from where it was left.
/// </summary>
/// <remarks>
/// Records are published as mandatory, with publisher confirms. A confirmation carries no offset and a stream knows no copies: whoever needs either reads the log.
/// What is promised covers processes that crash, not a loss of power: RabbitMQ does not fsync(2) a stream for each confirmation.
/// </remarks>
public sealed class RabbitBackplane : IChatBackplane
{
    private const int MostNotes = 2_000;
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly RabbitBackplaneOptions _options;
    private readonly Waiting _waiting;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Log> _logs = new(StringComparer.Ordinal); // under _lock
    private readonly CancellationTokenSource _over = new();
    private IConnection? _first;            // made, and not begun with
    private Channel<Log> _added = NewLogs(); // under _lock; what is followed from now on
    private Channel<ReadOnlyMemory<byte>>? _notes; // under _lock; null while nobody would hear them
    private Task _running = Task.CompletedTask;
    private volatile bool _isConnected;

    private RabbitBackplane(RabbitBackplaneOptions options, IConnection first)
    {
        (_options, _first) = (options, first);
        _waiting = new Waiting(options.MostWaiting, options.MostWaitingBytes);
    }

    /// <summary>Connects to the broker; from then on the backplane comes back by itself.</summary>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Soket.Explain.SocketFailure">The broker could not be reached.</exception>
    /// <exception cref="BrokerRefusal">It was reached, and refused.</exception>
    public static async Task<RabbitBackplane> ConnectAsync(RabbitBackplaneOptions options, CancellationToken cancellationToken = default) =>
        new(options, await Brokers.ConnectAsync(options, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public void Start(IChatBackplaneListener listener) => _running = Task.Run(() => RunAsync(listener));

    /// <inheritdoc/>
    public void Follow(string log)
    {
        lock (_lock)
        {
            var followed = new Log(log);
            if (_logs.TryAdd(log, followed))
                _added.Writer.TryWrite(followed);
        }
    }

    /// <inheritdoc/>
    public bool TryAppend(string log, ReadOnlyMemory<byte> record) => _waiting.TryAdd(log, record);

    /// <inheritdoc/>
    public void Send(ReadOnlyMemory<byte> note)
    {
        lock (_lock)
            _notes?.Writer.TryWrite(note);
    }

    /// <summary>Waits for a moment until the broker has what it was given, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isConnected)
            await Task.WhenAny(_waiting.EmptyAsync(), _running, Task.Delay(Farewell)).ConfigureAwait(false);
        await _over.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_first is not null)
            await _first.DisposeAsync().ConfigureAwait(false);
        _waiting.Dispose();
        _over.Dispose();
    }

    private async Task RunAsync(IChatBackplaneListener listener)
    {
        TimeSpan delay = ShortestDelay;
        while (!_over.IsCancellationRequested)
        {
            string reason;
            try
            {
                reason = await ConnectedAsync(listener, () => delay = ShortestDelay).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_over.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Whatever it was, it ended this connection and no more: a backplane that has given up would look like one that waits.
                reason = e.GetBaseException().Message;
            }

            _isConnected = false;
            listener.Paused(reason);
            await Task.Delay(delay, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    // One connection, from its making to its loss.
    private async Task<string> ConnectedAsync(IChatBackplaneListener listener, Action begun)
    {
        IConnection connection = Interlocked.Exchange(ref _first, null) ?? await Brokers.ConnectAsync(_options, _over.Token).ConfigureAwait(false);
        var session = new Session(connection, _options, _waiting, listener);
        await using (session.ConfigureAwait(false))
        {
            Log[] known;
            var notes = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(MostNotes) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
            Channel<Log> added = NewLogs();
            lock (_lock)
            {
                known = [.. _logs.Values];
                (_added, _notes) = (added, notes);
            }

            try
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
                await session.BeginAsync(known, patience).ConfigureAwait(false);
                begun();
                _isConnected = true;
                listener.Resumed();
                return await session.RunAsync(added.Reader, notes.Reader, _over.Token).ConfigureAwait(false);
            }
            finally
            {
                lock (_lock)
                    _notes = null;
            }
        }
    }

    private static Channel<Log> NewLogs() => Channel.CreateUnbounded<Log>(new UnboundedChannelOptions { SingleReader = true }); // each log once
}
