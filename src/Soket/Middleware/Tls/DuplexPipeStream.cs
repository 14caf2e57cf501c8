using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Soket.Protocols.Tls;

namespace Soket.Middleware.Tls;

/// <summary>
/// A connection's pipes as the stream that <see cref="System.Net.Security.SslStream"/> wants. It looks at the first bytes received, since only they
/// tell that the peer does not speak TLS at all, and keeps both hellos until the handshake is over.
/// </summary>
internal sealed class DuplexPipeStream(IDuplexPipe pipe, bool isServer) : Stream
{
    private const int Kept = 2048; // the hellos, with room for large keys and tickets
    private const int Shown = 32;
    private byte[] _first = [];   // what came first; reading side only
    private byte[] _opening = []; // what was sent first; writing side only, which what is read answers
    private bool _isOpen;         // the handshake is over
    private long _seen;           // reading side only: bytes taken so far

    /// <summary>
    /// Who works on the TLS session: the reading side while it is not waiting for bytes, or whoever sends close_notify. OpenSSL lets no two threads
    /// into one session, SslStream guards reads and writes against each other, and its ShutdownAsync against nothing: a read that was decrypting then
    /// saw an end that was none.
    /// </summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Whether the reading side holds <see cref="Turn"/>, and gives it away while it waits. Reading side only.</summary>
    public bool HoldsTurn { get; set; }

    /// <summary>The first bytes received, at most 32.</summary>
    public ReadOnlySpan<byte> FirstBytes => _first.AsSpan(0, Math.Min(Shown, _first.Length));

    /// <summary>Whether the first bytes received are no TLS record.</summary>
    public bool IsPlaintext { get; private set; }

    /// <summary>
    /// Whether the first bytes received are those that were sent first. A ClientHello holds 32 random bytes (RFC 8446 4.1.2), so the peer did not find them itself.
    /// </summary>
    public bool IsEcho => IsPlaintext && _first.Length >= 16 && _opening.AsSpan().StartsWith(_first);

    /// <summary>Whether the peer's end was reached below TLS.</summary>
    public bool SawEnd { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException("A connection has no length.");

    public override long Position
    {
        get => throw new NotSupportedException("A connection has no position.");
        set => throw new NotSupportedException("A connection has no position.");
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            ReadResult result = await WaitAsync(cancellationToken).ConfigureAwait(false);
            if (result.Buffer.IsEmpty)
            {
                pipe.Input.AdvanceTo(result.Buffer.End);
                if (!result.IsCompleted)
                    continue; // A cancelled wait is no end: that would make a truncated stream look whole.
                SawEnd |= buffer.Length > 0;
                return 0;
            }

            if (!_isOpen && _first.Length < Kept && Look(result.Buffer))
            {
                pipe.Input.AdvanceTo(result.Buffer.Start);
                throw new IOException("The peer does not speak TLS.");
            }

            int length = (int)Math.Min(buffer.Length, result.Buffer.Length);
            ReadOnlySequence<byte> taken = result.Buffer.Slice(0, length);
            taken.CopyTo(buffer.Span);
            pipe.Input.AdvanceTo(taken.End); // from here on `taken` is the pipe's again
            _seen += length;
            return length;
        }
    }

    private async ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        if (!HoldsTurn)
            return await pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        Turn.Release();
        try
        {
            return await pipe.Input.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await Turn.WaitAsync(CancellationToken.None).ConfigureAwait(false); // never held across a wait
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_isOpen && _opening.Length < Kept)
            _opening = [.. _opening, .. buffer.Span[..Math.Min(Kept - _opening.Length, buffer.Length)]];
        FlushResult result = await pipe.Output.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (result.IsCanceled)
            throw new ConnectionAbortedException("The connection is being closed by this end.");
    }

    /// <summary>Lets go of what was kept of the handshake, which is over.</summary>
    /// <returns>Whether it went on with a session from before; null when the hellos do not tell.</returns>
    public bool? EndOpening()
    {
        bool? resumed = isServer ? TlsResumption.IsResumed(_first, _opening) : TlsResumption.IsResumed(_opening, _first);
        _isOpen = true;
        _first = _first[..Math.Min(Shown, _first.Length)];
        _opening = [];
        return resumed;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Soket's connections are asynchronous.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Soket's connections are asynchronous.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A connection has no position.");

    public override void SetLength(long value) => throw new NotSupportedException("A connection has no length.");

    // Whether what has come so far shows that this is no TLS.
    private bool Look(in ReadOnlySequence<byte> unread)
    {
        int known = (int)Math.Min(_seen, _first.Length);
        byte[] first = new byte[(int)Math.Min(Kept, known + unread.Length)];
        _first.AsSpan(0, known).CopyTo(first);
        unread.Slice(0, first.Length - known).CopyTo(first.AsSpan(known));
        _first = first;
        return IsPlaintext = !CouldBeTls(first, isServer);
    }

    /// <summary>Whether the first bytes of a stream can be TLS (RFC 8446 5.1: type, version 3.x, length; then the handshake's own type).</summary>
    internal static bool CouldBeTls(ReadOnlySpan<byte> first, bool fromClient)
    {
        const byte Alert = 21, Handshake = 22, ClientHello = 1, ServerHello = 2;
        if (first.IsEmpty)
            return true;
        // An SSL 2.0 ClientHello is TLS enough to be answered with an alert (RFC 6101 E).
        if (fromClient && first[0] >= 0x80 && (first.Length < 3 || first[2] == ClientHello))
            return true;
        if (first[0] is not (Alert or Handshake))
            return false;
        if (first.Length > 1 && first[1] != 3)
            return false;
        // A peer that echoes sends our own ClientHello back, which is a fine record and still no TLS.
        return first[0] != Handshake || first.Length < 6 || first[5] == (fromClient ? ClientHello : ServerHello);
    }
}
