using RabbitMQ.Client;

namespace Soket.RabbitMq.Internal;

/// <summary>Reads a stream's last chunk, to see whether it reaches so far.</summary>
internal sealed class LastRecord(IChannel channel, long wanted) : AsyncDefaultBasicConsumer(channel)
{
    private readonly TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when there is a record at that offset or after it.</summary>
    public Task Came => _came.Task;

    public override Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        if (properties.Headers is { } headers && headers.TryGetValue("x-stream-offset", out object? value) && value is long offset && offset >= wanted)
            _came.TrySetResult();
        return Task.CompletedTask;
    }
}
