using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Soket.Chat;

namespace Soket.RabbitMq.Internal;

/// <summary>One connection to the broker, from the first queue that is made on it until it is lost. Whatever goes wrong ends it; the next one begins with what was left.</summary>
/// <param name="connection">The connection; disposed with the session.</param>
/// <param name="options">How.</param>
/// <param name="waiting">What is to be sent.</param>
/// <param name="listener">Who is told.</param>
internal sealed class Session(IConnection connection, RabbitBackplaneOptions options, Waiting waiting, IChatBackplaneListener listener) : IAsyncDisposable
{
    private const int MostInFlight = 128; // fewer than a hall's table of copies looks back
    private const int MostNotes = 10_000;
    private const int NoteAge = 30_000;   // milliseconds
    private const ushort Prefetch = 128;
    private const int PreconditionFailed = 406;
    private static readonly TimeSpan CheckTime = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _gate = new(1, 1);                         // for what is made
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);     // under _gate
    private readonly Flight _flight = new(waiting, MostInFlight);
    private readonly Channel<LogReader> _again = Channel.CreateUnbounded<LogReader>(new UnboundedChannelOptions { SingleReader = true }); // at most one a log
    private readonly List<IChannel> _readAgain = [];                          // what they are read on
    private readonly CancellationTokenSource _over = new();
    private IChannel? _records;
    private IChannel? _reading;
    private IChannel? _notes;
    private string _noteQueue = "";
    private volatile bool _isReturned;

    private string Exchange => options.Name + ".notes";

    /// <summary>Makes what is needed, and reads the logs from where they were left.</summary>
    /// <param name="logs">The logs.</param>
    /// <param name="patience">Is made to cancel it when the broker takes too long over one step; the logs are many, and the way may be long.</param>
    public async Task BeginAsync(IEnumerable<Log> logs, CancellationTokenSource patience)
    {
        CancellationToken cancellationToken = patience.Token;
        patience.CancelAfter(options.Patience);
        connection.ConnectionShutdownAsync += (_, e) => Lose(e.ReplyText);
        connection.ConnectionBlockedAsync += (_, e) =>
        {
            listener.Paused(e.Reason);
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            listener.Resumed();
            return Task.CompletedTask;
        };
        _records = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), cancellationToken).ConfigureAwait(false);
        _records.BasicAcksAsync += (_, e) => Confirm(e.DeliveryTag, e.Multiple);
        _records.BasicNacksAsync += (_, _) => Lose("the broker could not keep a record");
        _records.BasicReturnAsync += (_, _) => Return();
        _records.ChannelShutdownAsync += (_, e) => Lose(e.ReplyText);
        _reading = await OpenReadingAsync(cancellationToken).ConfigureAwait(false);
        await BeginNotesAsync(cancellationToken).ConfigureAwait(false);
        var readers = new List<LogReader>();
        foreach (Log log in logs)
        {
            readers.Add(await ReadAsync(log, _reading, cancellationToken).ConfigureAwait(false));
            patience.CancelAfter(options.Patience);
        }

        await Task.WhenAny(Task.WhenAll(readers.Select(reader => reader.Checked)), Task.Delay(CheckTime, cancellationToken)).ConfigureAwait(false);
        await Task.WhenAll(readers.Where(reader => !reader.Checked.IsCompleted).Select(reader => DoubtAsync(reader, cancellationToken))).ConfigureAwait(false);
        waiting.Begin();
    }

    /// <summary>Sends and reads until the connection is lost.</summary>
    /// <returns>Why it was lost.</returns>
    public async Task<string> RunAsync(ChannelReader<Log> logs, ChannelReader<ReadOnlyMemory<byte>> notes, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _over.Token);
        Task[] parts = [SendRecordsAsync(over.Token), SendNotesAsync(notes, over.Token), FollowAsync(logs, over.Token), ReadAgainAsync(over.Token), WatchAsync(over.Token)];
        Task first = await Task.WhenAny([_lost.Task, .. parts]).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (_lost.Task.IsCompleted)
            return await _lost.Task.ConfigureAwait(false);
        await first.ConfigureAwait(false);
        return "";
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        // Without the good manners of a protocol that may be cut off.
        await connection.AbortAsync(200, "", TimeSpan.FromSeconds(1)).ConfigureAwait(false);
        foreach (IChannel? channel in (IChannel?[])[_records, _reading, _notes, .. _readAgain])
        {
            if (channel is not null)
                await channel.DisposeAsync().ConfigureAwait(false);
        }

        await connection.DisposeAsync().ConfigureAwait(false);
        _over.Dispose();
        _gate.Dispose();
        _flight.Dispose();
    }

    private async Task BeginNotesAsync(CancellationToken cancellationToken)
    {
        _notes = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        _notes.ChannelShutdownAsync += (_, e) => Lose(e.ReplyText);
        await _notes.ExchangeDeclareAsync(Exchange, ExchangeType.Fanout, durable: false, autoDelete: true, cancellationToken: cancellationToken).ConfigureAwait(false);
        // Whoever does not keep up loses the oldest notes, and asks for everything when he sees that some are missing.
        var bounds = new Dictionary<string, object?> { ["x-max-length"] = MostNotes, ["x-message-ttl"] = NoteAge };
        QueueDeclareOk queue = await _notes.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true, bounds, cancellationToken: cancellationToken).ConfigureAwait(false);
        _noteQueue = queue.QueueName;
        await _notes.QueueBindAsync(_noteQueue, Exchange, "", cancellationToken: cancellationToken).ConfigureAwait(false);
        await _notes.BasicConsumeAsync(_noteQueue, autoAck: true, new NoteReader(_notes, note => listener.Noted(note), reason => Lose(reason)), cancellationToken).ConfigureAwait(false);
    }

    // A stream, bounded but for the log of rooms, which has a record a room and a server's start. One that was made with other bounds keeps them.
    private async Task MakeAsync(string log, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_made.Contains(log))
                return;
            var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "stream" };
            if (log.StartsWith("room.", StringComparison.Ordinal))
            {
                arguments["x-max-length-bytes"] = options.Keep;
                arguments["x-stream-max-segment-size-bytes"] = Math.Max(64 * 1024, options.Keep / 8);
            }

            IChannel making = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await using (making.ConfigureAwait(false))
            {
                try
                {
                    await making.QueueDeclareAsync(QueueOf(log), durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
                }
                catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == PreconditionFailed)
                {
                    // The broker closes the channel on it; that it is there is all that is asked.
                }
            }

            _made.Add(log);
        }
        finally
        {
            _gate.Release();
        }
    }

    // The record that was read last does not come again. Where the log ends before it, somebody has deleted it and it was made anew.
    private async Task DoubtAsync(LogReader reader, CancellationToken cancellationToken)
    {
        IChannel asking = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (asking.ConfigureAwait(false))
        {
            var end = new LastRecord(asking, reader.Log.Next - 1);
            await asking.BasicQosAsync(0, ushort.MaxValue, global: false, cancellationToken).ConfigureAwait(false);
            await asking.BasicConsumeAsync(QueueOf(reader.Log.Name), autoAck: false, "", noLocal: false, exclusive: false, new Dictionary<string, object?> { ["x-stream-offset"] = "last" }, end, cancellationToken).ConfigureAwait(false);
            await Task.WhenAny(end.Came, Task.Delay(CheckTime, cancellationToken)).ConfigureAwait(false);
            if (reader.Checked.IsCompleted)
                return;
            if (end.Came.IsCompleted)
                throw new IOException($"the log {reader.Log.Name} cannot be read on from where it was left");
            Restart(reader);
        }
    }

    private async Task<IChannel> OpenReadingAsync(CancellationToken cancellationToken)
    {
        IChannel reading = await connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        reading.ChannelShutdownAsync += (_, e) => Lose(e.ReplyText);
        await reading.BasicQosAsync(0, Prefetch, global: false, cancellationToken).ConfigureAwait(false);
        return reading;
    }

    private async Task<LogReader> ReadAsync(Log log, IChannel reading, CancellationToken cancellationToken)
    {
        await MakeAsync(log.Name, cancellationToken).ConfigureAwait(false);
        var reader = new LogReader(reading, log, waiting, (from, offset, record, isAfterGap) => listener.Appended(from.Name, offset, record, isAfterGap), Restart, reason => Lose(reason));
        var arguments = new Dictionary<string, object?> { ["x-stream-offset"] = reader.From };
        await reading.BasicConsumeAsync(QueueOf(log.Name), autoAck: false, "", noLocal: false, exclusive: false, arguments, reader, cancellationToken).ConfigureAwait(false);
        return reader;
    }

    private async Task FollowAsync(ChannelReader<Log> logs, CancellationToken cancellationToken)
    {
        await foreach (Log log in logs.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            await ReadAsync(log, _reading!, cancellationToken).ConfigureAwait(false);
    }

    private void Restart(LogReader reader)
    {
        reader.Stop();
        reader.Log.Restart();
        listener.Restarted(reader.Log.Name);
        waiting.Again(reader.Log.Name);
        _again.Writer.TryWrite(reader);
    }

    // Each on a channel of its own. On the one where the log has a reader already, the broker may deliver to the new one before it has said by which name it calls it
    // (seen of RabbitMQ 3.10: the old reader wakes the new one), and the client passes over what comes for a name that it does not know.
    private async Task ReadAgainAsync(CancellationToken cancellationToken)
    {
        await foreach (LogReader reader in _again.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.CancelAsync(cancellationToken).ConfigureAwait(false);
            IChannel reading = await OpenReadingAsync(cancellationToken).ConfigureAwait(false);
            _readAgain.Add(reading);
            await ReadAsync(reader.Log, reading, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendRecordsAsync(CancellationToken cancellationToken)
    {
        var properties = new BasicProperties { ContentType = "application/json", DeliveryMode = DeliveryModes.Persistent };
        while (true)
        {
            await _flight.RoomAsync(cancellationToken).ConfigureAwait(false);
            LinkedListNode<WaitingRecord> next = await waiting.NextAsync(cancellationToken).ConfigureAwait(false);
            await MakeAsync(next.Value.Log, cancellationToken).ConfigureAwait(false);
            // Before it is sent: the confirmation may be quicker than the call returns.
            _flight.Add(await _records!.GetNextPublishSequenceNumberAsync(cancellationToken).ConfigureAwait(false), next);
            await _records.BasicPublishAsync("", QueueOf(next.Value.Log), mandatory: true, properties, next.Value.Bytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendNotesAsync(ChannelReader<ReadOnlyMemory<byte>> notes, CancellationToken cancellationToken)
    {
        var properties = new BasicProperties { ContentType = "application/json" };
        await foreach (ReadOnlyMemory<byte> note in notes.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            await _notes!.BasicPublishAsync(Exchange, "", mandatory: false, properties, note, cancellationToken).ConfigureAwait(false);
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_flight.Oldest > options.Patience)
                await Lose("the broker confirms nothing").ConfigureAwait(false);
        }
    }

    private Task Confirm(ulong number, bool upTo)
    {
        if (!_isReturned)
            _flight.Confirm(number, upTo);
        return Task.CompletedTask;
    }

    // The queue is gone that it was for. A confirmation follows all the same (RabbitMQ: an unroutable message is confirmed once it was returned), which counts for nothing.
    private Task Return()
    {
        _isReturned = true;
        return Lose("a log is gone");
    }

    private Task Lose(string reason)
    {
        _lost.TrySetResult(reason);
        return Task.CompletedTask;
    }

    private string QueueOf(string log) => $"{options.Name}.{log}";
}
