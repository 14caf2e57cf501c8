using Soket.Middleware.WebSocket;

namespace Soket.Chat.Internal;

/// <summary>Lines on a WebSocket: each is a text message.</summary>
internal sealed class ChatWebSocketLines(IWebSocketFeature socket, int maxLine) : IChatLines
{
    private Task<WebSocketMessage?>? _next; // one that was waited for and not yet taken
    private byte[]? _first;

    public bool IsTooLong { get; private set; }

    public int First => _first is [var first, ..] ? first : -1;

    public async Task<bool> HasAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        _next = socket.ReceiveAsync(cancellationToken).AsTask();
        try
        {
            _first = (await _next.WaitAsync(limit, cancellationToken).ConfigureAwait(false))?.Bytes.ToArray();
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public bool StartsWith(ReadOnlySpan<byte> bytes) => _first.AsSpan().StartsWith(bytes);

    public Task<byte[]?> ReadSomeAsync(CancellationToken cancellationToken) => ReadAsync(cancellationToken);

    public Task WriteSomeAsync(byte[] bytes, CancellationToken cancellationToken) => WriteAsync([bytes], cancellationToken);

    public async Task<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        Task<WebSocketMessage?> next = _next ?? socket.ReceiveAsync(cancellationToken).AsTask();
        _next = null;
        _first = null;
        if (await next.ConfigureAwait(false) is not { } message)
            return null;
        byte[] line = message.Bytes.ToArray();
        IsTooLong = line.Length > maxLine;
        return IsTooLong ? null : line.AsSpan().TrimEnd("\r\n"u8).ToArray();
    }

    public async Task WriteAsync(IReadOnlyList<byte[]> lines, CancellationToken cancellationToken)
    {
        foreach (byte[] line in lines)
        {
            if (!await socket.SendAsync(line, isText: true, cancellationToken).ConfigureAwait(false))
                throw new IOException("The WebSocket has been closed.");
        }
    }
}
