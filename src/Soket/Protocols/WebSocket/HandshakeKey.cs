using System.Security.Cryptography;
using System.Text;

namespace Soket.Protocols.WebSocket;

/// <summary>
/// The two halves of a handshake that belong together (RFC 6455 4.1, 4.2.2): the server's answer proves that it has read the client's key as a
/// WebSocket's, and is no cache and no server of something else.
/// </summary>
public static class HandshakeKey
{
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>A new key: 16 random bytes in base64.</summary>
    public static string Create()
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Whether a text is a key: 16 bytes in base64.</summary>
    /// <param name="key">The text.</param>
    public static bool IsValid(string key)
    {
        Span<byte> bytes = stackalloc byte[18];
        return key.Length == 24 && !key.AsSpan().ContainsAny(' ', '\t') && Convert.TryFromBase64String(key, bytes, out int length) && length == 16;
    }

    /// <summary>What a server answers to a key.</summary>
    /// <param name="key">The key.</param>
    public static string Accept(string key)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6455 asks for SHA-1; nothing is kept secret by it.
        SHA1.HashData(Encoding.ASCII.GetBytes(key + Guid), hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }
}
