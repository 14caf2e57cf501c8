using System.Globalization;

namespace Soket.Protocols.Dns.Records;

/// <summary>The fingerprint of a host's SSH key (RFC 4255).</summary>
/// <param name="Algorithm">The key's algorithm: 4 is Ed25519.</param>
/// <param name="DigestType">How the fingerprint is made: 2 is SHA-256.</param>
/// <param name="Fingerprint">The fingerprint.</param>
public sealed record SshfpData(byte Algorithm, byte DigestType, DnsBytes Fingerprint) : DnsData
{
    /// <inheritdoc/>
    public override DnsType Type => new(44);

    internal static DnsData Read(ref DnsCursor cursor) => new SshfpData(cursor.U8("sshfp.algorithm"), cursor.U8("sshfp.digest-type"), cursor.Rest("sshfp.fingerprint"));

    internal static DnsData Parse(DnsText text) => new SshfpData(text.U8(), text.U8(), text.HexRest());

    internal override void Write(DnsWriter writer)
    {
        writer.U8(Algorithm);
        writer.U8(DigestType);
        writer.Bytes(Fingerprint.Span);
    }

    internal override string Present() => string.Create(CultureInfo.InvariantCulture, $"{Algorithm} {DigestType} {Fingerprint}");
}
