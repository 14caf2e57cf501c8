using System.Buffers;
using Soket.Protocols.Framing;

namespace Soket.Bench.Internal;

/// <summary>Cuts replies out of what a connection receives, and has each of them verified. Keeps a part of a reply until the rest has come.</summary>
/// <param name="peer">Whose.</param>
/// <param name="script">What replies have to be.</param>
/// <param name="keepsMessages">Whether each receive is one reply.</param>
internal sealed class ReplyCutter(MessagePeer peer, MessageScript script, bool keepsMessages) : IDisposable
{
    private byte[] _kept = [];
    private int _length;

    /// <summary>Puts bytes that came before in front of those that come.</summary>
    public void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _kept.Length - _length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + bytes.Length, 2 * _length));
            _kept.AsSpan(0, _length).CopyTo(larger);
            Return();
            _kept = larger;
        }

        bytes.CopyTo(_kept.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Bytes, or one message, came.</summary>
    public void OnReceived(ReadOnlyMemory<byte> bytes)
    {
        if (keepsMessages)
        {
            if (peer.Waiting == 0)
                peer.LostTrack(new ReadOnlySequence<byte>(bytes));
            else
                Check(new ReadOnlySequence<byte>(bytes));
            return;
        }

        if (_length == 0)
        {
            ReadOnlySequence<byte> rest = Cut(new ReadOnlySequence<byte>(bytes), ended: false);
            foreach (ReadOnlyMemory<byte> part in rest)
                Keep(part.Span);
            return;
        }

        Keep(bytes.Span);
        ReadOnlySequence<byte> left = Cut(new ReadOnlySequence<byte>(_kept, 0, _length), ended: false);
        if (left.Length == _length)
            return;
        left.CopyTo(_kept);
        _length = (int)left.Length;
        if (_length == 0)
            Dispose();
    }

    /// <summary>Nothing more comes: what is kept may be a reply as it is.</summary>
    public void OnEnd()
    {
        if (!keepsMessages && _length > 0)
            Cut(new ReadOnlySequence<byte>(_kept, 0, _length), ended: true);
        Dispose();
    }

    /// <summary>Gives the memory back; it can go on.</summary>
    public void Dispose()
    {
        Return();
        _kept = [];
        _length = 0;
    }

    private void Return()
    {
        if (_kept.Length > 0)
            ArrayPool<byte>.Shared.Return(_kept);
    }

    // Gives what is left; nothing once the connection is given up. What came cannot be the reply to a message that is sent only now.
    private ReadOnlySequence<byte> Cut(ReadOnlySequence<byte> buffer, bool ended)
    {
        for (int owed = peer.Waiting; !buffer.IsEmpty; owed--)
        {
            if (peer.Channel is null)
                return default;
            if (owed <= 0)
            {
                peer.LostTrack(buffer);
                return default;
            }

            FramingResult result = script.Framing is ChunkFraming ? CutByLength(ref buffer, ended, out ReadOnlySequence<byte> reply) : script.Framing!.TryRead(ref buffer, ended, out reply);
            switch (result)
            {
                case FramingResult.Message:
                    Check(reply);
                    break;
                case FramingResult.NeedMore:
                    return buffer;
                default:
                    peer.LostTrack(buffer);
                    return default;
            }
        }

        return default;
    }

    private FramingResult CutByLength(ref ReadOnlySequence<byte> buffer, bool ended, out ReadOnlySequence<byte> reply)
    {
        long length = script.ReplyLength(peer.Number, peer.Oldest);
        reply = buffer;
        if (length <= 0)
        {
            buffer = buffer.Slice(buffer.End);
            return FramingResult.Message;
        }

        if (buffer.Length < length)
            return ended ? FramingResult.Incomplete : FramingResult.NeedMore;
        reply = buffer.Slice(0, length);
        buffer = buffer.Slice(length);
        return FramingResult.Message;
    }

    private void Check(in ReadOnlySequence<byte> reply)
    {
        bool isRight = script.IsRight(peer.Number, peer.Oldest, reply);
        if (!isRight)
            peer.KeepWrong(script.Expected(peer.Number, peer.Oldest), reply);
        peer.Answered(isRight);
    }
}
