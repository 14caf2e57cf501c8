using RabbitMQ.Client;

namespace Soket.RabbitMq.Internal;

/// <summary>Reads the notes of the other servers.</summary>
internal sealed class NoteReader(IChannel channel, Action<byte[]> take, Action<string> lost) : AsyncDefaultBasicConsumer(channel)
{
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
        take(body.ToArray());
        return Task.CompletedTask;
    }

    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        lost("the queue of notes has ended");
        return base.HandleBasicCancelAsync(consumerTag, cancellationToken);
    }
}
