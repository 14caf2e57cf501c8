using RabbitMQ.Client;

namespace Soket.RabbitMq.Internal;

/// <summary>Reads one log from the broker. Calls come one at a time (the channel dispatches them so).</summary>
internal sealed class LogReader(IChannel channel, Log log, Waiting waiting, Action<Log, long, byte[], bool> take, Action<LogReader> restart, Action<string> lost) : AsyncDefaultBasicConsumer(channel)
{
    // A stream's own bookkeeping takes a place or two at each of its segments: only a leap over more than that is a loss.
    private const int LongestLeap = 64;

    private readonly TaskCompletionSource _checked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isOver;

    public Log Log => log;

    /// <summary>Ends when it is known that it is still the same log, or is not; where nothing was read of it before at once.</summary>
    public Task Checked => From is long ? _checked.Task : Task.CompletedTask;

    /// <summary>Where it begins: at the record that was read last, to see whether it is still the same log.</summary>
    public object From { get; } = log.Next == 0 ? "first" : log.Next - 1;

    public override async Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        // The broker sends on when what it has sent was taken.
        await Channel.BasicAckAsync(deliveryTag, multiple: false, cancellationToken).ConfigureAwait(false);
        if (properties.Headers is not { } headers || !headers.TryGetValue("x-stream-offset", out object? value) || value is not long offset)
            return;
        if (_isOver)
            return;
        bool isFirst = !_checked.Task.IsCompleted;
        if (isFirst && From is long && (offset < log.Next - 1 || (offset == log.Next - 1 && !log.IsLast(body.Span))))
        {
            restart(this);
        }
        else if (offset >= log.Next)
        {
            byte[] record = body.ToArray();
            bool isAfterGap = isFirst ? offset > log.Next : offset - log.Next > LongestLeap;
            UInt128 key = log.Took(offset, record);
            take(log, offset, record, isAfterGap);
            waiting.Read(log.Name, key);
        }

        _checked.TrySetResult();
    }

    /// <summary>What comes from now on is passed over.</summary>
    public void Stop() => _isOver = true;

    /// <summary>Asks the broker to send nothing more.</summary>
    public async Task CancelAsync(CancellationToken cancellationToken)
    {
        foreach (string tag in ConsumerTags)
            await Channel.BasicCancelAsync(tag, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        lost($"the log {log.Name} has ended");
        return base.HandleBasicCancelAsync(consumerTag, cancellationToken);
    }
}
