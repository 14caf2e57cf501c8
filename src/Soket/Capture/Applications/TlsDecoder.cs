using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Soket.Protocols.Tls;

namespace Soket.Capture.Applications;

/// <summary>TLS: the handshake as far as it is in plain, alerts by name, what is encrypted counted.</summary>
internal sealed class TlsDecoder : ApplicationDecoder
{
    // A chain of certificates is the longest message in plain.
    private const int LongestHandshake = 128 * 1024;
    private const int HandshakeHeader = 4;

    private readonly Direction _initiator = new();
    private readonly Direction _responder = new();

    /// <inheritdoc/>
    public override string Protocol => "TLS";

    /// <summary>Whether bytes begin with the record of a hello.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="needsMore">Whether more bytes could tell.</param>
    public static bool Begins(ReadOnlySpan<byte> bytes, out bool needsMore)
    {
        needsMore = false;
        if (bytes[0] != (byte)TlsContentType.Handshake || (bytes.Length > 1 && bytes[1] != 3))
            return false;
        needsMore = bytes.Length <= TlsRecordHeader.Size;
        return !needsMore && TlsRecordHeader.TryParse(bytes, out TlsRecordHeader header) && header.Length >= HandshakeHeader
            && (TlsHandshakeType)bytes[TlsRecordHeader.Size] is TlsHandshakeType.ClientHello or TlsHandshakeType.ServerHello;
    }

    /// <inheritdoc/>
    public override long Read(bool fromInitiator, ReadOnlyMemory<byte> bytes, bool ended, List<ApplicationMessage> found)
    {
        Direction direction = fromInitiator ? _initiator : _responder;
        if (direction.Passing is { } passed)
        {
            direction.Passing = null;
            direction.Count(passed, found);
        }

        if (bytes.Length < TlsRecordHeader.Size)
            return 0;
        if (!TlsRecordHeader.TryParse(bytes.Span, out TlsRecordHeader header))
            return -1;
        int size = TlsRecordHeader.Size + header.Length;
        if (header.Type is TlsContentType.ApplicationData or TlsContentType.Heartbeat)
        {
            direction.Passing = header;
            return size;
        }

        if (bytes.Length < size)
            return 0;
        ReadOnlySpan<byte> body = bytes.Span[TlsRecordHeader.Size..size];
        switch (header.Type)
        {
            case TlsContentType.ChangeCipherSpec:
                direction.Encrypted = true;
                found.Add(new("TLS", "ChangeCipherSpec", size));
                return size;
            case TlsContentType.Alert:
                found.Add(new("TLS", !direction.Encrypted && TlsAlert.TryParse(body, out TlsAlert alert) ? $"Alert {alert}" : "Encrypted Alert", size));
                return size;
            // After HelloRetryRequest a second hello comes in plain behind ChangeCipherSpec (RFC 8446 D.4).
            case TlsContentType.Handshake when direction.Encrypted && !IsHello(body):
                found.Add(new("TLS", "Encrypted Handshake", size));
                return size;
            default:
                return direction.Handshake(body, found) ? size : -1;
        }
    }

    private static bool IsHello(ReadOnlySpan<byte> body) =>
        body.Length > HandshakeHeader && (TlsHandshakeType)body[0] is TlsHandshakeType.ClientHello or TlsHandshakeType.ServerHello
        && (body[1] << 16 | body[2] << 8 | body[3]) == body.Length - HandshakeHeader;

    private static string Told(TlsHandshakeType type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case TlsHandshakeType.ClientHello when TlsClientHello.TryParse(body, out TlsClientHello? hello):
                return "ClientHello" + (hello.ServerName is { } name ? $", SNI {name}" : "") + Alpn(hello.Protocols) + $", {string.Join(' ', hello.Versions)}";
            case TlsHandshakeType.ServerHello when TlsServerHello.TryParse(body, out TlsServerHello? hello):
                return $"{(hello.IsRetry ? "HelloRetryRequest" : "ServerHello")}, {hello.Version}, {hello.CipherSuite}" + (hello.Protocol is { } chosen ? Alpn([chosen]) : "");
            case TlsHandshakeType.Certificate when TlsCertificates.TryReadFirst(body, out ReadOnlySpan<byte> certificate):
                return Subject(certificate) is { } subject ? $"Certificate, {subject}" : "Certificate";
            default:
                return Enum.IsDefined(type) ? type.ToString() : string.Create(CultureInfo.InvariantCulture, $"Handshake {(byte)type}");
        }
    }

    private static string Alpn(IReadOnlyList<string> protocols) => protocols.Count == 0 ? "" : $", ALPN {string.Join(' ', protocols)}";

    private static string? Subject(ReadOnlySpan<byte> der)
    {
        if (der.IsEmpty)
            return null;
        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
            return certificate.Subject;
        }
        catch (CryptographicException)
        {
            return null; // Nothing that could be read as one.
        }
    }

    private sealed class Direction
    {
        private readonly List<byte> _handshake = []; // a message may go over several records, and a record hold several
        private int _records;
        private long _bytes;
        private ApplicationMessage? _told; // the count so far

        public bool Encrypted { get; set; }

        public TlsRecordHeader? Passing { get; set; }

        /// <summary>Records that follow one another in the same packet are told as one.</summary>
        public void Count(TlsRecordHeader record, List<ApplicationMessage> found)
        {
            if (record.Type == TlsContentType.Heartbeat)
            {
                found.Add(new("TLS", "Heartbeat", TlsRecordHeader.Size + record.Length));
                return;
            }

            if (found.Count > 0 && ReferenceEquals(found[^1], _told))
                found.RemoveAt(found.Count - 1);
            else
                (_records, _bytes) = (0, 0);
            _records++;
            _bytes += record.Length;
            string count = _records == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" x{_records}");
            _told = new("TLS", string.Create(CultureInfo.InvariantCulture, $"{nameof(TlsContentType.ApplicationData)}{count}, {_bytes} B"), _bytes + ((long)_records * TlsRecordHeader.Size));
            found.Add(_told);
        }

        /// <summary>Reads the messages that end in a record.</summary>
        /// <returns>Whether they are what they should be.</returns>
        public bool Handshake(ReadOnlySpan<byte> body, List<ApplicationMessage> found)
        {
            if (_handshake.Count + body.Length > LongestHandshake)
                return false;
            _handshake.AddRange(body);
            ReadOnlySpan<byte> rest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_handshake);
            while (rest.Length >= HandshakeHeader)
            {
                int size = HandshakeHeader + (rest[1] << 16 | rest[2] << 8 | rest[3]);
                if (size > LongestHandshake)
                    return false;
                if (rest.Length < size)
                    break;
                found.Add(new("TLS", Cut(Told((TlsHandshakeType)rest[0], rest[HandshakeHeader..size])), size));
                rest = rest[size..];
            }

            _handshake.RemoveRange(0, _handshake.Count - rest.Length);
            return true;
        }
    }
}
