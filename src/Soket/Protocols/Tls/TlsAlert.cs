using System.Globalization;

namespace Soket.Protocols.Tls;

/// <summary>An alert (RFC 8446 6).</summary>
/// <param name="Level">1 a warning, 2 fatal; TLS 1.3 pays no heed to it.</param>
/// <param name="Code">What is the matter.</param>
public readonly record struct TlsAlert(byte Level, byte Code)
{
    /// <summary>Its length, bytes.</summary>
    public const int Size = 2;

    /// <summary>The name the RFCs give it: <c>close_notify</c>, <c>handshake_failure</c>; its number where it has none.</summary>
    public string Name => Code switch
    {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        60 => "export_restriction",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        111 => "certificate_unobtainable",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        114 => "bad_certificate_hash_value",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        121 => "ech_required",
        _ => Code.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Reads it.</summary>
    /// <param name="body">What the record carries.</param>
    /// <param name="alert">The alert.</param>
    /// <returns>Whether it is one in plain: two bytes, and a level that there is.</returns>
    public static bool TryParse(ReadOnlySpan<byte> body, out TlsAlert alert)
    {
        alert = body.Length == Size ? new(body[0], body[1]) : default;
        return alert.Level is 1 or 2;
    }

    /// <summary>Level and name: <c>fatal handshake_failure</c>.</summary>
    public override string ToString() => (Level == 1 ? "warning " : "fatal ") + Name;
}
