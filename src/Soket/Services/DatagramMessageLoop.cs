using System.Buffers;
using System.Net;
using Soket.Explain;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Services;

/// <summary>Runs a message service on a datagram socket: each datagram is a message, answered to its sender, one after another.</summary>
/// <remarks>
/// One datagram's failure is that datagram's: refused by an earlier receiver (ICMP), too long, no room. The socket tells it and the loop goes on; it ends
/// when it is cancelled or the socket is closed. One instance serves any number of sockets.
/// </remarks>
/// <param name="service">Answers the datagrams.</param>
/// <param name="rules">Which are taken.</param>
/// <param name="meter">Counts them.</param>
public sealed class DatagramMessageLoop(IMessageService service, DatagramRules rules, IMessageMeter? meter = null) : IDatagramService
{
    /// <summary>The longest payload of UDP over IPv4: 65,535 less 20 bytes of IP and 8 of UDP header.</summary>
    public const int MaxUdpPayload = 65_507;

    /// <inheritdoc/>
    public async Task ServeAsync(IDatagramSocket socket, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rules.MaxDatagram, 1, nameof(rules));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rules.MaxDatagram, ushort.MaxValue, nameof(rules));
        if (socket is IAnsweringDatagrams { RemoteEndPoint: null } many)
        {
            await many.AnswerAsync(Answers, rules.MaxDatagram, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var conversation = new Conversation(Answers(socket), socket);
        await conversation.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private DatagramAnswers Answers(IDatagramSocket socket) => new(service, rules, meter, socket.Scope, socket.LocalEndPoint);

    // One socket. Its calls come one after another.
    private sealed class Conversation(DatagramAnswers answers, IDatagramSocket socket) : IDisposable
    {
        private readonly byte[] _room = GC.AllocateUninitializedArray<byte>(answers.Rules.MaxDatagram);
        private readonly PooledBuffer _reply = new();
        private CancellationTokenSource _sendLimit = new();

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            try
            {
                while (!cancellationToken.IsCancellationRequested)
                {
                    ReceivedDatagram datagram;
                    try
                    {
                        datagram = await socket.ReceiveAsync(_room, cancellationToken).ConfigureAwait(false);
                    }
                    catch (SocketFailure failure) when (!DatagramAnswers.IsClosed(failure))
                    {
                        TimeSpan pause = answers.PauseAfter(failure);
                        if (pause > TimeSpan.Zero)
                            await Task.Delay(pause, answers.Rules.Time, cancellationToken).ConfigureAwait(false);
                        continue;
                    }

                    bool replies = answers.Answer(new ReadOnlySequence<byte>(_room, 0, datagram.Length), datagram.From, datagram.Truncated, _reply);
                    answers.TellCounts();
                    if (replies)
                        await SendAsync(answers.Echoes ? _room.AsMemory(0, datagram.Length) : _reply.Written, datagram.From!, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
            }
            catch (Exception e) when (e is ObjectDisposedException || (e is SocketFailure failure && DatagramAnswers.IsClosed(failure)))
            {
                // Whoever owns the socket closed it.
            }
        }

        public void Dispose()
        {
            _reply.Release();
            _sendLimit.Dispose();
        }

        private async ValueTask SendAsync(ReadOnlyMemory<byte> reply, EndPoint to, CancellationToken cancellationToken)
        {
            try
            {
                ValueTask send = socket.SendAsync(reply, socket.RemoteEndPoint is null ? to : null, _sendLimit.Token);
                if (send.IsCompletedSuccessfully)
                {
                    await send.ConfigureAwait(false);
                    return;
                }

                // Only a send that has to wait pays for a timer.
                _sendLimit.CancelAfter(answers.SendLimit());
                using (cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _sendLimit))
                    await send.ConfigureAwait(false);
                Renew();
            }
            catch (SocketFailure)
            {
                Renew(); // Told by the socket; the next datagram has nothing to do with it.
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                answers.TellNotRead(to);
                Renew();
            }
        }

        private void Renew()
        {
            if (_sendLimit.TryReset())
                return;
            _sendLimit.Dispose();
            _sendLimit = new CancellationTokenSource();
        }
    }
}
