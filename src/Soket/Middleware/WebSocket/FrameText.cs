using System.Globalization;
using Soket.Protocols.WebSocket;

namespace Soket.Middleware.WebSocket;

/// <summary>A frame in the event stream: <c>text fin</c>, <c>continuation</c>, <c>close fin 1000 bye</c>. The same in every language.</summary>
internal static class FrameText
{
    public static string Describe(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        string text = Name(header.Opcode) + (header.Final ? " fin" : "") + (header.Rsv1 ? " compressed" : "");
        if (header.Opcode != WebSocketOpcode.Close)
            return text;
        _ = CloseCode.Read(payload, out int code, out string reason);
        return code == CloseCode.None ? text : string.Create(CultureInfo.InvariantCulture, $"{text} {code}{(reason.Length > 0 ? " " : "")}{reason}");
    }

    public static string Name(WebSocketOpcode opcode) => opcode switch
    {
        WebSocketOpcode.Continuation => "continuation",
        WebSocketOpcode.Text => "text",
        WebSocketOpcode.Binary => "binary",
        WebSocketOpcode.Close => "close",
        WebSocketOpcode.Ping => "ping",
        WebSocketOpcode.Pong => "pong",
        _ => ((byte)opcode).ToString(CultureInfo.InvariantCulture),
    };
}
