using System.Globalization;

namespace Soket.Protocols.Tls;

/// <summary>A version of TLS as it goes over the wire.</summary>
/// <param name="Code">The number: 0x0303 is TLS 1.2.</param>
public readonly record struct TlsVersion(ushort Code)
{
    /// <summary>TLS 1.2.</summary>
    public static TlsVersion Tls12 { get; } = new(0x0303);

    /// <summary>TLS 1.3.</summary>
    public static TlsVersion Tls13 { get; } = new(0x0304);

    /// <summary>Whether it is one of SSL 3.0 to TLS 1.3.</summary>
    public bool IsKnown => Code is >= 0x0300 and <= 0x0304;

    /// <summary>Whether it stands for nothing: sent so that nobody counts on what is not known (GREASE, RFC 8701).</summary>
    public bool IsGrease => IsGreased(Code);

    internal static bool IsGreased(ushort code) => (code & 0x0F0F) == 0x0A0A && code >> 8 == (code & 0xFF);

    /// <summary>Its name: <c>TLS 1.3</c>.</summary>
    public override string ToString() => Code switch
    {
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{Code:x4}"),
    };
}
