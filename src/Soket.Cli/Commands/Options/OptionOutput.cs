using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Commands.Options.Effects;
using Soket.Cli.Rendering;
using Soket.Explain;
using Soket.Options;

namespace Soket.Cli.Commands.Options;

/// <summary>Options as lines, paragraphs or records.</summary>
internal sealed class OptionOutput(CliIo io, bool json)
{
    private int Room => Math.Clamp(io.Width, 40, 100) - 1;

    public bool IsJson => json;

    public CliIo Io => io;

    public void Write(string text) => io.Out.Write(Encoding.UTF8.GetBytes(text));

    /// <summary>The option in the list: its names, its value on a fresh socket here, what it does.</summary>
    public void Line(SocketOption option)
    {
        Write($"{Names(option)}  --{option.Flag} {OptionValues.Placeholder(option)}  [{Fresh(option) ?? io.Text("options.absent")}]\n");
        Paragraph(option.Summary(io.Language), "    ");
    }

    /// <summary>What else can be asked, under the list.</summary>
    public void More()
    {
        Write("\n");
        Paragraph(io.Text("options.more"), "");
    }

    /// <summary>All about an option.</summary>
    public void Explain(SocketOption option)
    {
        var ink = new Ink(io.ColourOut);
        Write($"{ink.Bold(Names(option))}  --{option.Flag} {OptionValues.Placeholder(option)}\n\n");
        foreach (string paragraph in option.About(io.Language).Split('\n'))
        {
            Paragraph(paragraph, "");
            Write("\n");
        }

        if (option.Kind is SocketOptionKind.Number or SocketOptionKind.Dscp)
            Fact("range", $"{option.Least} .. {option.Most}");
        if (option.Kind is SocketOptionKind.Seconds)
            Fact("range", $"{option.Least}s .. {option.Most}s");
        Fact("here", Fresh(option) ?? io.Text("options.absent"));
        Fact("sockets", string.Join(", ", option.Sockets));
        Fact("set", io.Text(option.WhenConnected ? "options.set.connected" : (option.Roles & (SocketOptionRoles.Accepted | SocketOptionRoles.Datagram)) == 0 ? "options.set.before" : "options.set.any"));
        if ((option.Roles & SocketOptionRoles.Listener) != 0 && (option.Roles & SocketOptionRoles.Accepted) != 0)
            Fact("accepted", io.Text(option.Inherited ? "options.inherited" : "options.not-inherited"));
        if (option.Raw.Usual is { } raw)
            Fact("number", $"level {raw.Level}, option {raw.Name}" + (option.Raw.IPv6 is { } six ? $"; IPv6: level {six.Level}, option {six.Name}" : ""));
        else if (option.Raw.IPv6 is { } only)
            Fact("number", $"level {only.Level}, option {only.Name}");
        Fact("manual", "man " + option.Manual[(option.Manual.IndexOf('(', StringComparison.Ordinal) + 1)..^1] + " " + option.Manual[..option.Manual.IndexOf('(', StringComparison.Ordinal)]);
        if (Effect.All.Any(effect => effect.Name == option.Flag && effect.IsHere))
            Fact("effect", $"soket options {option.Flag} --effect");
    }

    /// <summary>The option as a record, with its value on a fresh socket.</summary>
    public void Record(SocketOption option) => Json(writer =>
    {
        writer.WriteString("type", "option");
        Describe(writer, option);
        writer.WriteString("fresh", Fresh(option));
        writer.WriteString("summary", option.Summary(io.Language));
        writer.WriteString("about", option.About(io.Language));
    });

    /// <summary>A live socket's value, and what was asked for.</summary>
    public void Live(Socket socket, SocketOption option, SocketOptionSetting? asked, string? value, SocketFailure? failure)
    {
        string name = option.NameFor(socket.AddressFamily);
        string remark = asked is { } wanted && value is not null && wanted.ToString() != value
            ? SocketOptionCodec.Read(socket, option).Value == 2 * wanted.Value && option.Kind == SocketOptionKind.Bytes ? "doubled" : "changed"
            : "";
        if (json)
        {
            Json(writer =>
            {
                writer.WriteString("type", "option-value");
                Describe(writer, option);
                writer.WriteString("socket_name", name);
                writer.WriteString("asked", asked?.ToString());
                writer.WriteString("value", value);
                if (remark.Length > 0)
                    writer.WriteString("remark", remark);
                if (failure is not null)
                    writer.WriteString("errno", failure.Error.Name);
            });
            return;
        }

        string text = value ?? (failure is null ? io.Text("options.unreadable") : failure.Error.ToString());
        if (asked is { } set)
            text += "  " + io.Text(remark.Length > 0 ? "options.asked-" + remark : "options.asked", ("asked", set.ToString()));
        Write($"{name,-22} {text}\n");
    }

    private static string Names(SocketOption option) => option.Name6 is null ? option.Name : $"{option.Name}/{option.Name6}";

    private static void Describe(Utf8JsonWriter writer, SocketOption option)
    {
        writer.WriteString("name", option.Name);
        writer.WriteString("flag", option.Flag);
        writer.WriteString("kind", option.Kind.ToString().ToLowerInvariant());
        if (option.Raw.Usual is { } raw)
        {
            writer.WriteNumber("level", raw.Level);
            writer.WriteNumber("number", raw.Name);
        }
    }

    // What a socket has that nobody has touched: read from one, not from a book.
    private static string? Fresh(SocketOption option)
    {
        string kind = option.Sockets[0];
        AddressFamily family = option.Raw.Usual is null ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        if (!option.IsHere)
            return null;
        try
        {
            using var socket = new Socket(family, kind == "tcp" ? SocketType.Stream : SocketType.Dgram, kind == "tcp" ? ProtocolType.Tcp : ProtocolType.Udp);
            return option.Readable ? SocketOptionCodec.Read(socket, option).ToString() : "-";
        }
        catch (Exception e) when (e is SocketException or SocketFailure)
        {
            return null;
        }
    }

    private void Fact(string key, string value) => Paragraph($"{io.Text("options.fact." + key)}: {value}", "  ");

    private void Paragraph(string text, string indent)
    {
        foreach (string line in TextWidth.Wrap(text, Room - indent.Length, indent: ""))
            Write(indent + line + "\n");
    }

    private void Json(Action<Utf8JsonWriter> members)
    {
        using (var writer = new Utf8JsonWriter(io.Out))
        {
            writer.WriteStartObject();
            writer.WriteNumber("v", 1);
            members(writer);
            writer.WriteEndObject();
        }

        io.Out.Write("\n"u8);
    }
}
