using System.Buffers;
using System.Text.Unicode;
using Soket.Events;
using Soket.Explain;
using Soket.Protocols.WebSocket;
using Soket.Transports.Internal;

namespace Soket.Middleware.WebSocket;

/// <summary>What the bytes received so far gave.</summary>
internal enum Received
{
    /// <summary>Nothing whole yet.</summary>
    NeedMore,

    /// <summary>A message.</summary>
    Message,

    /// <summary>A control frame.</summary>
    Control,

    /// <summary>Something wrong: the close code and the words say what.</summary>
    Wrong,
}

/// <summary>
/// Puts messages together from frames as their bytes come, and checks what RFC 6455 asks to be checked as soon as it can be: a frame's claims before
/// its payload, text byte by byte. It touches no connection; room grows with what came, never with what a header claims.
/// </summary>
internal sealed class FrameReceiver(bool isClient, int maxMessage, MessageInflater? inflater, SocketScope? scope)
{
    private readonly FrameOrder _order = new(fromClient: !isClient, compression: inflater is not null);
    private readonly PooledBuffer _message = new();
    private readonly PooledBuffer _inflated = new();
    private readonly byte[] _control = new byte[FrameHeader.MaxControl];
    private FrameHeader _header;
    private Utf8Check _text;
    private long _taken;     // of the frame's payload
    private long _started;   // when the frame's first byte was seen
    private int _frameAt;    // where in the message the frame begins
    private bool _inFrame;
    private bool _inMessage;
    private bool _isText;
    private bool _compressed;

    /// <summary>The message, after <see cref="Received.Message"/>; lent until <see cref="Release"/>.</summary>
    public WebSocketMessage Message { get; private set; }

    /// <summary>The control frame, after <see cref="Received.Control"/>.</summary>
    public (WebSocketOpcode Opcode, ReadOnlyMemory<byte> Payload) Control { get; private set; }

    /// <summary>Whether a frame or a message was begun and has not ended.</summary>
    public bool IsInside => _inFrame || _inMessage;

    /// <summary>How many bytes it keeps, of a message that is not whole yet or that is lent.</summary>
    public long Held => _message.Written.Length + _inflated.Written.Length;

    /// <summary>The code to close with, after <see cref="Received.Wrong"/>.</summary>
    public int WrongCode { get; private set; }

    /// <summary>A stable key of what is wrong, after <see cref="Received.Wrong"/>.</summary>
    public string WrongKey { get; private set; } = "";

    /// <summary>Takes bytes until they give something.</summary>
    /// <param name="buffer">The bytes; what was taken is off its front.</param>
    public Received Take(ref ReadOnlySequence<byte> buffer)
    {
        while (true)
        {
            if (!_inFrame)
            {
                long started = SocketScope.Now;
                if (!FrameHeader.TryRead(ref buffer, out FrameHeader header, out FrameError error))
                    return Received.NeedMore;
                if (error == FrameError.None)
                    error = _order.Next(header);
                if (error != FrameError.None)
                    return Wrong(CloseCode.ProtocolError, Key(error));
                // Compressed data may be a little longer than what it stands for.
                long most = (long)maxMessage + (_compressed || header.Rsv1 ? (maxMessage / 1000) + 64 : 0);
                if (!header.IsControl && header.Length > most - _message.Written.Length)
                    return Wrong(CloseCode.TooLarge, "too-large");
                Begin(header, started);
            }

            ReadOnlySequence<byte> piece = buffer.Slice(0, Math.Min(buffer.Length, _header.Length - _taken));
            bool valid = _header.IsControl ? TakeControl(piece) : TakeData(piece);
            _taken += piece.Length;
            buffer = buffer.Slice(piece.Length);
            if (!valid)
                return Wrong(CloseCode.InvalidText, "not-utf8");
            if (_taken < _header.Length)
                return Received.NeedMore;
            _inFrame = false;
            if (_header.IsControl)
            {
                Control = (_header.Opcode, _control.AsMemory(0, (int)_taken));
                scope?.Frame(SocketCall.ReceiveFrame, _started, FrameText.Describe(_header, Control.Payload.Span), new(Control.Payload));
                return Received.Control;
            }

            scope?.Frame(SocketCall.ReceiveFrame, _started, FrameText.Describe(_header, default), new(_message.Written[_frameAt..]));
            if (_header.Final)
                return Finish();
        }
    }

    /// <summary>Gives the last message's room back.</summary>
    public void Release()
    {
        if (_inMessage)
            return; // The wait for it was given up, and goes on with the next.
        _message.Release();
        _inflated.Release();
        Message = default;
    }

    private void Begin(in FrameHeader header, long started)
    {
        _header = header;
        _taken = 0;
        _started = started;
        _inFrame = true;
        if (header.IsControl)
            return;
        _frameAt = _message.Written.Length;
        if (header.Opcode == WebSocketOpcode.Continuation)
            return;
        _inMessage = true;
        _isText = header.Opcode == WebSocketOpcode.Text;
        _compressed = header.Rsv1;
        _text = default;
    }

    private bool TakeControl(in ReadOnlySequence<byte> piece)
    {
        Span<byte> room = _control.AsSpan((int)_taken, (int)piece.Length);
        piece.CopyTo(room);
        Unmask(room);
        return true;
    }

    private bool TakeData(in ReadOnlySequence<byte> piece)
    {
        long offset = 0;
        foreach (ReadOnlyMemory<byte> part in piece)
        {
            Span<byte> room = _message.GetSpan(part.Length)[..part.Length];
            part.Span.CopyTo(room);
            Unmask(room, offset);
            _message.Advance(part.Length);
            offset += part.Length;
            if (_isText && !_compressed && !_text.Next(room))
                return false;
        }

        return true;
    }

    private void Unmask(Span<byte> bytes, long offset = 0)
    {
        if (_header.Mask is { } key)
            FrameMask.Apply(bytes, key, _taken + offset);
    }

    private Received Finish()
    {
        _inMessage = false;
        ReadOnlyMemory<byte> bytes = _message.Written;
        if (_compressed)
        {
            try
            {
                if (!inflater!.Inflate(bytes, _inflated, maxMessage))
                    return Wrong(CloseCode.TooLarge, "too-large");
            }
            catch (InvalidDataException)
            {
                return Wrong(CloseCode.InvalidText, "not-deflate");
            }

            bytes = _inflated.Written;
            if (_isText && !Utf8.IsValid(bytes.Span))
                return Wrong(CloseCode.InvalidText, "not-utf8");
        }
        else if (_isText && !_text.End())
        {
            return Wrong(CloseCode.InvalidText, "not-utf8");
        }

        Message = new(bytes, _isText);
        return Received.Message;
    }

    private Received Wrong(int code, string key)
    {
        WrongCode = code;
        WrongKey = key;
        return Received.Wrong;
    }

    private static string Key(FrameError error) => error switch
    {
        FrameError.ReservedOpcode => "reserved-opcode",
        FrameError.ReservedBits => "reserved-bits",
        FrameError.LengthNotMinimal or FrameError.LengthNegative => "length",
        FrameError.ControlFragmented => "control-fragmented",
        FrameError.ControlTooLong => "control-too-long",
        FrameError.NotMasked => "not-masked",
        FrameError.Masked => "masked",
        FrameError.NothingToContinue => "nothing-to-continue",
        FrameError.MessageInMessage => "message-in-message",
        _ => "other",
    };
}
