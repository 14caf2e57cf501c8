using System.Net;
using System.Net.Sockets;
using System.Text;
using Soket.Explain;
using Soket.Languages;
using Soket.Options;
using Xunit;

namespace Soket.Tests.Options;

/// <summary>What options.json says is so, on real sockets of this machine.</summary>
public sealed class OptionTableTests
{
    public static TheoryData<string> Names => [.. SocketOptions.All.Select(option => option.Name)];

    [Fact]
    public void Every_entry_is_whole_in_both_languages_and_unlike_the_others()
    {
        Assert.All(SocketOptions.All, option =>
        {
            foreach (Language language in Enum.GetValues<Language>())
            {
                Assert.EndsWith(".", option.Summary(language), StringComparison.Ordinal);
                Assert.EndsWith(".", option.About(language), StringComparison.Ordinal);
                Assert.DoesNotContain('{', option.Summary(language) + option.About(language));
            }

            Assert.NotEqual(option.About(Language.English), option.About(Language.Indonesian));
            Assert.Equal(option.About(Language.English).Count(c => c == '\n'), option.About(Language.Indonesian).Count(c => c == '\n'));
            Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", option.Flag);
            Assert.Matches(@"^[a-z0-9]+\([2-8]\)$", option.Manual);
            Assert.All(option.Sockets, kind => Assert.Contains(kind, (string[])["tcp", "udp", "unix", "unixgram"]));
            Assert.True(option.Least <= option.Most);
        });
        Assert.Equal(SocketOptions.All.Count, SocketOptions.All.Select(option => option.Flag).Distinct().Count());
        Assert.Equal(SocketOptions.All.Count, SocketOptions.All.Select(option => option.Name).Distinct().Count());
    }

    [Fact]
    public void A_new_entry_is_an_option_with_nothing_else_written()
    {
        const string json = """
            [{ "name": "SO_RCVLOWAT", "flag": "receive-low", "kind": "bytes", "least": 1, "sockets": "tcp udp", "roles": "client datagram", "manual": "socket(7)",
               "linux": [1, 18], "macos": [65535, 4100], "windows": null,
               "summary": { "en": "least bytes.", "id": "byte paling sedikit." }, "about": { "en": "Least.", "id": "Paling sedikit." } }]
            """;
        SocketOption option = Assert.Single(SocketOptions.Parse(new MemoryStream(Encoding.UTF8.GetBytes(json))));
        Assert.Equal("byte paling sedikit.", option.Summary(Language.Indonesian));
        Assert.SkipUnless(OperatingSystem.IsLinux(), "its number here");
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketOptionCodec.Apply(socket, new(option, 17));
        Assert.Equal(17, SocketOptionCodec.Read(socket, option).Value);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_set_is_read_back_on_every_kind_of_socket_that_has_it(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the values are those of Linux");
        SocketOption option = SocketOptions.Find(name)!;
        foreach (Socket socket in Every(option))
        {
            using (socket)
            {
                SocketOptionSetting setting = Sample(option, socket.AddressFamily);
                SocketOptionCodec.Apply(socket, setting);
                if (!option.Readable)
                    continue;
                SocketOptionSetting real = SocketOptionCodec.Read(socket, option);
                if (option.Kind == SocketOptionKind.Bytes && option.Flag.EndsWith("buffer", StringComparison.Ordinal))
                    Assert.Equal(2 * setting.Value, real.Value);
                else if (option.Flag == "defer-accept")
                    Assert.InRange(real.Value, setting.Value, 10 * setting.Value); // rounded to whole retransmissions, as its text says
                else if (option.Again)
                    Assert.InRange(real.Value, 0, 1); // the kernel's own judgement on a socket without a peer
                else
                    Assert.Equal(setting, real);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_accepted_connection_has_the_listeners_value_where_the_table_says_so(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "what Linux does");
        SocketOption option = SocketOptions.Find(name)!;
        Assert.SkipUnless(option.Sockets.Contains("tcp") && (option.Roles & SocketOptionRoles.Listener) != 0 && option.Readable, "nothing to inherit");
        Assert.SkipWhen(option.Flag is "max-segment" or "defer-accept" or "fast-open", "read back on a connection it is another number");
        using var listener = new Socket(option.Raw.Usual is null ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketOptionSetting setting = Sample(option, listener.AddressFamily);
        SocketOptionCodec.Apply(listener, setting);
        listener.Bind(new IPEndPoint(listener.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        string usual = SocketOptionCodec.Read(client, option).ToString();
        client.Connect(listener.LocalEndPoint!);
        using Socket accepted = listener.Accept();
        string there = SocketOptionCodec.Read(accepted, option).ToString();
        Assert.Equal((option.Name, option.Inherited), (option.Name, there == SocketOptionCodec.Read(listener, option).ToString() && (there != usual || option.Inherited)));
    }

    [Theory]
    [InlineData("EF", 46)]
    [InlineData("af41", 34)]
    [InlineData("CS1", 8)]
    [InlineData("LE", 1)]
    [InlineData("be", 0)]
    [InlineData("63", 63)]
    public void A_class_of_service_has_a_name_or_a_number(string text, int value)
    {
        Assert.True(Dscp.TryParse(text, out int read));
        Assert.Equal(value, read);
        Assert.True(Dscp.TryParse(Dscp.Format(value).Split(' ')[0], out int again));
        Assert.Equal(value, again);
    }

    [Theory]
    [InlineData("64")]
    [InlineData("AF44")]
    [InlineData("CS8")]
    [InlineData("-1")]
    [InlineData("")]
    public void What_is_no_class_of_service_is_refused(string text) => Assert.False(Dscp.TryParse(text, out _));

    [Fact]
    public void An_option_of_another_kind_of_socket_is_not_available()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        SocketFailure failure = Assert.Throws<SocketFailure>(() => SocketOptionCodec.Apply(socket, new(SocketOptions.NoDelay, 1)));
        Assert.Equal(("ENOPROTOOPT", "TCP_NODELAY"), (failure.Error.Name, failure.Context.Facts[FailureFacts.Option]));
    }

    private static SocketOptionSetting Sample(SocketOption option, AddressFamily family) => option.Kind switch
    {
        SocketOptionKind.Flag => new(option, option.Flag == "multicast-loop" ? 0 : 1),
        SocketOptionKind.Timeout or SocketOptionKind.Seconds or SocketOptionKind.Milliseconds or SocketOptionKind.Linger => new(option, option.Kind == SocketOptionKind.Linger ? 3 : 2000),
        SocketOptionKind.Bytes => new(option, 40_000),
        SocketOptionKind.Dscp => new(option, 46),
        SocketOptionKind.Text => new(option, 0) { Text = option.Flag == "bind-device" ? "lo" : "reno" },
        SocketOptionKind.Group => new(option, 0) { Text = family == AddressFamily.InterNetworkV6 ? "ff02::1234%lo" : "239.77.1.2%lo" },
        SocketOptionKind.Interface => new(option, 0) { Text = "lo" },
        _ => new(option, option.Flag switch { "max-segment" => 1000, "mark" => 0, _ => 5 }),
    };

    private static IEnumerable<Socket> Every(SocketOption option)
    {
        foreach (string kind in option.Sockets)
        {
            SocketType type = kind is "tcp" or "unix" ? SocketType.Stream : SocketType.Dgram;
            if (kind.StartsWith("unix", StringComparison.Ordinal))
                yield return new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
            else if (option.Raw.Usual is not null)
                yield return new Socket(AddressFamily.InterNetwork, type, kind == "tcp" ? ProtocolType.Tcp : ProtocolType.Udp);
            if (!kind.StartsWith("unix", StringComparison.Ordinal) && Socket.OSSupportsIPv6)
                yield return new Socket(AddressFamily.InterNetworkV6, type, kind == "tcp" ? ProtocolType.Tcp : ProtocolType.Udp);
        }
    }
}
