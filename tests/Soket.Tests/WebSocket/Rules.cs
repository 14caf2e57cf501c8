using Xunit;

namespace Soket.Tests.WebSocket;

/// <summary>What RFC 6455 allows and what it does not, as frames of one end and what the other must do. Both ends of Soket are held to them.</summary>
internal static class Rules
{
    /// <summary>Frames, and the messages they make.</summary>
    public static TheoryData<string, string> Right => new()
    {
        { "text:halo", "text=halo" },
        { "text", "text=" },
        { "binary:0x00ff", "binary=00FF" },
        { "text+:ha more:lo", "text=halo" },
        { "text+ more+ more:x", "text=x" },
        { "text+:ha ping:p more+:l pong:q more:o", "text=halo" },         // control frames in the middle of a message (5.4)
        { "binary+:0x01 more+:0x02 more:0x03", "binary=010203" },
        { "text+:0xe2 more+:0x82 more:0xac", "text=€" },                    // a character over three frames (8.1)
        { "text+:0xf09f ping more:0x9880", "text=😀" },
        { "pong:unasked text:a", "text=a" },                                  // 5.5.3
        { "text:a text:b binary:0x63", "text=a|text=b|binary=63" },
    };

    /// <summary>Frames, and the code they are closed with. <c>~</c> masks as the other end must.</summary>
    public static TheoryData<string, int, string> Wrong => new()
    {
        { "text~:halo", 1002, "mask" },
        { "ping~", 1002, "mask" },
        { "more:halo", 1002, "nothing-to-continue" },
        { "text:a more:b", 1002, "nothing-to-continue" },
        { "text+:a text:b", 1002, "message-in-message" },
        { "text+:a binary:b", 1002, "message-in-message" },
        { "ping+:a", 1002, "control-fragmented" },
        { "close+", 1002, "control-fragmented" },
        { "!8300", 1002, "reserved-opcode" },
        { "!8b00", 1002, "reserved-opcode" },
        { "text^:x", 1002, "reserved-bits" },
        { "!897e007e", 1002, "control-too-long" },
        { "text:0xff", 1007, "not-utf8" },
        { "text:0xc080", 1007, "not-utf8" },
        { "text:0xeda080", 1007, "not-utf8" },
        { "text:0xe282", 1007, "not-utf8" },                                  // cut off at the end of the message
        { "text+:0xe2 more:0x28", 1007, "not-utf8" },
        { "text+:0xf490", 1007, "not-utf8" },                                 // no continuation could make it right: not waited for
        { "close:0x03", 1002, "close-short" },
        { "close:0x03e7", 1002, "close-code" },
        { "close:0x03ec", 1002, "close-code" },
        { "close:0x03ed", 1002, "close-code" },
        { "close:0x03ee", 1002, "close-code" },
        { "close:0x03f7", 1002, "close-code" },
        { "close:0x0bb7", 1002, "close-code" },
        { "close:0x1388", 1002, "close-code" },
        { "close:0x03e8ff", 1007, "close-not-utf8" },
    };

    public static TheoryData<string, string> Closes => new()
    {
        { "close", "close" },
        { "close:0x03e8", "close 1000" },
        { "close:0x03e8627965", "close 1000" },
        { "close:0x0bb8", "close 3000" },
        { "close:0x1387", "close 4999" },
        { "close:0x03f6", "close 1014" },
        { "close:0x03e8 text:late", "close 1000" },                           // nothing after a close frame counts (5.5.1)
    };
}
