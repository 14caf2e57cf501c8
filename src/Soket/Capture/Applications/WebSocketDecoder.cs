using System.Buffers;
using System.Globalization;
using System.Text;
using Soket.Protocols.WebSocket;

namespace Soket.Capture.Applications;

/// <summary>WebSocket (RFC 6455): a message is told where its last frame ends. Of a long one only the beginning is read.</summary>
/// <param name="clientIsInitiator">Which end is the client, whose frames are masked.</param>
/// <param name="extended">Whether extensions were agreed on: compressed text is not shown.</param>
internal sealed class WebSocketDecoder(bool clientIsInitiator, bool extended) : ApplicationDecoder
{
    // A control frame's payload is read whole.
    private const int Shown = FrameHeader.MaxControl;

    private readonly Direction _client = new();
    private readonly Direction _server = new();

    /// <inheritdoc/>
    public override string Protocol => "WebSocket";

    /// <inheritdoc/>
    public override long Read(bool fromInitiator, ReadOnlyMemory<byte> bytes, bool ended, List<ApplicationMessage> found)
    {
        Direction direction = fromInitiator == clientIsInitiator ? _client : _server;
        direction.Finish(found);
        var buffer = new ReadOnlySequence<byte>(bytes);
        if (!FrameHeader.TryRead(ref buffer, out FrameHeader header, out FrameError error))
            return 0;
        if (error != FrameError.None)
            return -1;
        int shown = (int)Math.Min(Shown, header.Length);
        if (buffer.Length < shown)
            return 0;
        byte[] beginning = buffer.Slice(0, shown).ToArray();
        if (header.Mask is { } key)
            FrameMask.Apply(beginning, key);
        long head = bytes.Length - buffer.Length;
        if (header.Length > long.MaxValue - head)
            return -1;
        direction.Begin(header, beginning, head + header.Length, extended && header.Rsv1);
        return head + header.Length;
    }

    private sealed class Direction
    {
        private FrameHeader? _frame; // read, and its payload may yet pass by
        private byte[] _beginning = [];
        private long _wire;
        private bool _compressed;

        // The message that the frames make.
        private WebSocketOpcode _opcode;
        private byte[] _text = [];
        private bool _messageCompressed;
        private long _length;
        private long _messageWire;

        public void Begin(FrameHeader header, byte[] beginning, long wire, bool compressed) => (_frame, _beginning, _wire, _compressed) = (header, beginning, wire, compressed);

        public void Finish(List<ApplicationMessage> found)
        {
            if (_frame is not { } frame)
                return;
            _frame = null;
            if (frame.IsControl)
            {
                found.Add(new("WebSocket", Cut(Control(frame)), _wire));
                return;
            }

            if (frame.Opcode != WebSocketOpcode.Continuation)
                (_opcode, _text, _messageCompressed, _length, _messageWire) = (frame.Opcode, _beginning, _compressed, 0, 0);
            else if (_text.Length == _length && _length < Shown)
                _text = [.. _text, .. _beginning]; // as far as it is known without a gap
            _length += frame.Length;
            _messageWire += _wire;
            if (frame.Final)
                found.Add(new("WebSocket", Cut(Message()), _messageWire));
        }

        private string Message()
        {
            string length = string.Create(CultureInfo.InvariantCulture, $"{_length} B");
            if (_messageCompressed)
                return $"{_opcode}, {DeflateParameters.Extension}, {length}";
            return _opcode == WebSocketOpcode.Text ? $"{_opcode}, {length}: {Encoding.UTF8.GetString(_text)}" : $"{_opcode}, {length}";
        }

        private string Control(FrameHeader frame)
        {
            if (frame.Opcode != WebSocketOpcode.Close)
                return string.Create(CultureInfo.InvariantCulture, $"{frame.Opcode}, {frame.Length} B");
            _ = CloseCode.Read(_beginning, out int code, out string reason);
            return _beginning.Length < 2 ? "Close" : string.Create(CultureInfo.InvariantCulture, $"Close {code} {reason}").TrimEnd();
        }
    }
}
