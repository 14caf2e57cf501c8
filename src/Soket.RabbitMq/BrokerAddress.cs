using System.Diagnostics.CodeAnalysis;

namespace Soket.RabbitMq;

/// <summary>Where a broker is, as <c>amqp://user:password@host:port/virtual-host</c> has it (the RabbitMQ URI specification). Its text has no secrets in it.</summary>
public sealed record BrokerAddress
{
    private const int UsualPort = 5672;
    private const int UsualTlsPort = 5671;

    private BrokerAddress(string host, int port, bool isTls) => (Host, Port, IsTls) = (host, port, isTls);

    /// <summary>The host: a name, or an address without brackets.</summary>
    public string Host { get; }

    /// <summary>The port; 5672 unless said, 5671 with TLS.</summary>
    public int Port { get; }

    /// <summary>Whether it is spoken to over TLS: <c>amqps://</c>.</summary>
    public bool IsTls { get; }

    /// <summary>The virtual host; <c>/</c> unless said.</summary>
    public string VirtualHost { get; init; } = "/";

    /// <summary>The user; <c>guest</c> unless said.</summary>
    public string User { get; init; } = "guest";

    /// <summary>The password that stands in it; null where none does.</summary>
    public string? Password { get; init; }

    /// <summary>Reads an address.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out BrokerAddress? address)
    {
        address = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("amqp" or "amqps") || uri.Host.Length == 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0)
            return false;
        string[] login = uri.UserInfo.Split(':', 2);
        string path = uri.AbsolutePath.TrimStart('/');
        bool isTls = uri.Scheme == "amqps";
        if (path.Contains('/', StringComparison.Ordinal) || uri.Port == 0)
            return false;
        address = new BrokerAddress(uri.DnsSafeHost, uri.Port > 0 ? uri.Port : isTls ? UsualTlsPort : UsualPort, isTls)
        {
            VirtualHost = path.Length > 0 ? Uri.UnescapeDataString(path) : "/",
            User = login[0].Length > 0 ? Uri.UnescapeDataString(login[0]) : "guest",
            Password = login is [_, { Length: > 0 } password] ? Uri.UnescapeDataString(password) : null,
        };
        return true;
    }

    /// <summary>Scheme, host, port and virtual host: no user, no password.</summary>
    public override string ToString() =>
        $"{(IsTls ? "amqps" : "amqp")}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}{(VirtualHost == "/" ? "" : "/" + Uri.EscapeDataString(VirtualHost))}";
}
