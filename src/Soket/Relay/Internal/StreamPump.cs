using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Soket.Explain;
using Soket.Middleware.WebSocket;

namespace Soket.Relay.Internal;

/// <summary>One direction of a relayed connection: what comes from one end goes to the other, to the end.</summary>
internal sealed class StreamPump(ConnectionContext from, ConnectionContext to, RelaySession session, RelayDirection direction, IRelayObserver? observer)
{
    private bool _sending; // which end is being worked with, for whoever asks whose failure it was

    /// <summary>Moves everything; never throws what a connection does.</summary>
    /// <returns>How it ended: in order, or with the failure of one side.</returns>
    public async Task<RelayEnd> RunAsync()
    {
        try
        {
            if (from.Features.Get<IWebSocketFeature>() is { } source && to.Features.Get<IWebSocketFeature>() is { } sink)
                await MoveMessagesAsync(source, sink).ConfigureAwait(false);
            else
                await MoveBytesAsync(from.Transport.Input, to.Transport.Output).ConfigureAwait(false);
            return RelayEnd.Closed;
        }
        catch (Exception e) when (SocketFailure.Find(e) is not null)
        {
            return _sending == (direction == RelayDirection.ToTarget) ? RelayEnd.TargetFailed : RelayEnd.ClientFailed;
        }
        catch (Exception e) when (e is OperationCanceledException or ConnectionAbortedException)
        {
            return RelayEnd.GivenUp;
        }
    }

    private async Task MoveBytesAsync(PipeReader input, PipeWriter output)
    {
        while (true)
        {
            _sending = false;
            ReadResult result = await input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> bytes = result.Buffer;
            long count = bytes.Length;
            if (count > 0)
            {
                if (observer is not null)
                    await observer.DataAsync(session, direction, bytes).ConfigureAwait(false);
                // Room for what one receive brought in one piece: it goes with one send then.
                foreach (ReadOnlyMemory<byte> part in bytes)
                {
                    part.CopyTo(output.GetMemory(part.Length));
                    output.Advance(part.Length);
                }
            }

            input.AdvanceTo(bytes.End);
            _sending = true;
            if (count > 0)
            {
                await output.FlushAsync().ConfigureAwait(false);
                session.Add(direction, count);
            }

            if (result.IsCompleted || result.IsCanceled)
                break;
        }

        await output.CompleteAsync().ConfigureAwait(false);
    }

    private async Task MoveMessagesAsync(IWebSocketFeature source, IWebSocketFeature sink)
    {
        while (true)
        {
            _sending = false;
            if (await source.ReceiveAsync().ConfigureAwait(false) is not { } message)
                break;
            if (observer is not null)
                await observer.DataAsync(session, direction, new ReadOnlySequence<byte>(message.Bytes)).ConfigureAwait(false);
            _sending = true;
            if (!await sink.SendAsync(message.Bytes, message.IsText).ConfigureAwait(false))
                break;
            session.Add(direction, message.Bytes.Length);
        }

        // 1006 says that there was no close frame, and never travels (RFC 6455 7.4.1); nor does an end that was this end's doing have a code.
        _sending = true;
        WebSocketEnd end = source.PeerEnd is { Code: not 1006 } told ? told : new WebSocketEnd(1001, "");
        await sink.CloseAsync(end.Code, end.Reason).ConfigureAwait(false);
    }
}
