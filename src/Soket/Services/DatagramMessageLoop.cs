using System.Net;
using Soket.Transports;

namespace Soket.Services;

/// <summary>placeholder</summary>
public sealed record DatagramRules
{
    /// <summary>x</summary>
    public int MaxDatagram { get; init; }
    /// <summary>x</summary>
    public Func<EndPoint?, bool> Admits { get; init; } = _ => true;
    /// <summary>x</summary>
    public IReadOnlyCollection<EndPoint> Own { get; init; } = [];
}

/// <summary>placeholder</summary>
public sealed class DatagramMessageLoop(IMessageService service, DatagramRules rules, IMessageMeter? meter = null) : IDatagramService
{
    /// <inheritdoc/>
    public async Task ServeAsync(IDatagramSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[rules.MaxDatagram];
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        while (true)
        {
            ReceivedDatagram d = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
            writer.ResetWrittenCount();
            if (d.From is not null && service.Answer(new(buffer.AsMemory(0, d.Length)), writer, default))
                await socket.SendAsync(writer.WrittenMemory, d.From, cancellationToken).ConfigureAwait(false);
            meter?.Message(d.Length, writer.WrittenCount);
        }
    }
}
