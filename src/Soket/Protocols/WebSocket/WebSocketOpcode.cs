namespace Soket.Protocols.WebSocket;

/// <summary>What a frame is (RFC 6455 5.2); other numbers are reserved.</summary>
public enum WebSocketOpcode : byte
{
    /// <summary>Goes on with the message that a text or binary frame began.</summary>
    Continuation = 0,

    /// <summary>Begins a message of UTF-8 text.</summary>
    Text = 1,

    /// <summary>Begins a message of bytes.</summary>
    Binary = 2,

    /// <summary>Ends the conversation, with a code and a reason.</summary>
    Close = 8,

    /// <summary>Asks whether the peer is there.</summary>
    Ping = 9,

    /// <summary>Answers a ping with its own bytes.</summary>
    Pong = 10,
}

/// <summary>What is wrong with a frame, or with its place among the others.</summary>
public enum FrameError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>An opcode that RFC 6455 reserves.</summary>
    ReservedOpcode,

    /// <summary>A reserved bit is set that no extension gave a meaning.</summary>
    ReservedBits,

    /// <summary>The length is written with more bytes than it needs (RFC 6455 5.2).</summary>
    LengthNotMinimal,

    /// <summary>The length has its highest bit set.</summary>
    LengthNegative,

    /// <summary>A control frame in pieces (RFC 6455 5.4).</summary>
    ControlFragmented,

    /// <summary>A control frame of more than 125 bytes (RFC 6455 5.5).</summary>
    ControlTooLong,

    /// <summary>A client's frame that is not masked (RFC 6455 5.1).</summary>
    NotMasked,

    /// <summary>A server's frame that is masked (RFC 6455 5.1).</summary>
    Masked,

    /// <summary>A continuation where no message was begun.</summary>
    NothingToContinue,

    /// <summary>A new message in the middle of another.</summary>
    MessageInMessage,
}
