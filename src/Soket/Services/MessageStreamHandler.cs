using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Soket.Protocols.Framing;

namespace Soket.Services;

/// <summary>placeholder</summary>
public sealed class MessageStreamHandler(IMessageService service, Framing framing, IMessageMeter? meter = null) : ConnectionHandler
{
    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        while (true)
        {
            ReadResult result = await connection.Transport.Input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            while (framing.TryRead(ref buffer, result.IsCompleted, out ReadOnlySequence<byte> message) == FramingResult.Message)
            {
                service.Answer(message, connection.Transport.Output, default);
                meter?.Message(message.Length, message.Length);
            }

            connection.Transport.Input.AdvanceTo(buffer.Start, buffer.End);
            await connection.Transport.Output.FlushAsync().ConfigureAwait(false);
            if (result.IsCompleted)
                return;
        }
    }
}
