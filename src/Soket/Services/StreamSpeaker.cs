using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Soket.Services;

/// <summary>
/// A service that speaks first and once: on a stream it sends its text and ends its direction, whatever the peer sends being thrown away; to a
/// datagram, whatever it holds, it answers with the same text. Daytime, time and quote are these.
/// </summary>
/// <remarks>Any host of <see cref="ConnectionHandler"/> can serve it, Kestrel included; the host closes the connection, lingering as it does.</remarks>
public abstract class StreamSpeaker : ConnectionHandler, IMessageService
{
    /// <inheritdoc/>
    public sealed override async Task OnConnectedAsync(ConnectionContext connection)
    {
        PipeWriter output = connection.Transport.Output;
        Speak(output);
        await output.FlushAsync().ConfigureAwait(false);
        await output.CompleteAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public bool Answer(in ReadOnlySequence<byte> message, IBufferWriter<byte> reply, in MessageContext context)
    {
        Speak(reply);
        return true;
    }

    /// <summary>Writes what there is to say now.</summary>
    /// <param name="output">Where to.</param>
    protected abstract void Speak(IBufferWriter<byte> output);
}
