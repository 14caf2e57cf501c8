namespace Soket.Bench.Internal;

/// <summary>An open connection, or a datagram socket, as the bench uses it. In its worker's turn only.</summary>
internal interface IBenchChannel
{
    /// <summary>Whether what is sent at once arrives as one message, and each receive brings one: WebSocket, datagrams.</summary>
    bool KeepsMessages { get; }

    /// <summary>Bytes the system has taken so far.</summary>
    long BytesSent { get; }

    /// <summary>Bytes received so far.</summary>
    long BytesReceived { get; }

    /// <summary>Sends; the bytes are always taken. False: they wait for the peer, send no more until <see cref="BenchPeer.OnDrained"/>.</summary>
    bool Send(ReadOnlySpan<byte> bytes);

    /// <summary>Hands over what was held back to go by one call; where nothing is held back it does nothing.</summary>
    void Flush();

    /// <summary>Half-closes, once what waits is sent.</summary>
    void ShutdownSend();

    /// <summary>Closes in order. <see cref="BenchPeer.OnClosed"/> follows, perhaps before this returns.</summary>
    void Close();

    /// <summary>Gives the connection up at once. <see cref="BenchPeer.OnClosed"/> follows, perhaps before this returns.</summary>
    void Abort();
}
