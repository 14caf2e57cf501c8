using System.Text;

namespace Soket.Protocols.Tls;

/// <summary>The extensions of both hellos that are read here (RFC 8446 4.2).</summary>
internal static class TlsExtensions
{
    public const ushort ServerName = 0, Alpn = 16, PreSharedKey = 41, SupportedVersions = 43;

    /// <summary>The host of server_name (RFC 6066 3); null where there is none.</summary>
    public static string? Host(ReadOnlySpan<byte> data)
    {
        var cursor = new TlsCursor(data);
        var names = new TlsCursor(cursor.Vector16());
        while (!names.AtEnd && !names.Failed)
        {
            bool isHost = names.U8() == 0;
            ReadOnlySpan<byte> name = names.Vector16();
            if (isHost && !names.Failed && !name.IsEmpty)
                return Encoding.Latin1.GetString(name);
        }

        return null;
    }

    /// <summary>The names of ALPN (RFC 7301 3.1).</summary>
    public static List<string> Protocols(ReadOnlySpan<byte> data)
    {
        var found = new List<string>();
        var cursor = new TlsCursor(data);
        var names = new TlsCursor(cursor.Vector16());
        while (!names.AtEnd)
        {
            ReadOnlySpan<byte> name = names.Vector8();
            if (names.Failed)
                break;
            if (!(name.Length == 2 && TlsVersion.IsGreased((ushort)(name[0] << 8 | name[1]))))
                found.Add(Encoding.Latin1.GetString(name));
        }

        return found;
    }

    /// <summary>The versions a client offers, in its order (RFC 8446 4.2.1).</summary>
    public static List<TlsVersion> Versions(ReadOnlySpan<byte> data)
    {
        var found = new List<TlsVersion>();
        var cursor = new TlsCursor(data);
        var versions = new TlsCursor(cursor.Vector8());
        while (!versions.AtEnd)
        {
            var version = new TlsVersion(versions.U16());
            if (versions.Failed)
                break;
            if (!version.IsGrease)
                found.Add(version);
        }

        return found;
    }
}
