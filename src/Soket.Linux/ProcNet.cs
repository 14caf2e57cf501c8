using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Soket.Linux;

/// <summary>A line of /proc/net/tcp, tcp6, udp or udp6, proc(5).</summary>
/// <param name="Local">The local address.</param>
/// <param name="Remote">The remote address; the wildcard and port 0 where there is none.</param>
/// <param name="State">The kernel's number of the state.</param>
/// <param name="SendQueue">Bytes not acknowledged.</param>
/// <param name="ReceiveQueue">Bytes not read; for a listener the connections not accepted.</param>
/// <param name="User">The owner's number.</param>
/// <param name="Inode">The socket's inode; 0 when no process has it any more (TIME_WAIT).</param>
public readonly record struct InetSocketLine(IPEndPoint Local, IPEndPoint Remote, int State, long SendQueue, long ReceiveQueue, int User, long Inode);

/// <summary>A line of /proc/net/unix, proc(5).</summary>
/// <param name="Flags">The kernel's flags; 0x10000 says that it listens.</param>
/// <param name="Type">1 stream, 2 datagram, 5 sequenced packets.</param>
/// <param name="State">1 unconnected, 2 connecting, 3 connected, 4 disconnecting.</param>
/// <param name="Inode">The socket's inode.</param>
/// <param name="Path">The path it is bound to; <c>@name</c> for an abstract name; empty when unbound.</param>
public readonly record struct UnixSocketLine(long Flags, int Type, int State, long Inode, string Path)
{
    /// <summary>Whether it listens.</summary>
    public bool Listens => (Flags & 0x10000) != 0;
}

/// <summary>Reads the lines of the kernel's socket tables. Pure: no file is opened here, and no line makes it throw.</summary>
public static class ProcNet
{
    /// <summary>Reads a line of tcp, tcp6, udp or udp6.</summary>
    /// <param name="line">The line.</param>
    /// <param name="socket">What it says.</param>
    /// <returns>Whether it is such a line; the heading is not.</returns>
    public static bool TryParseInet(ReadOnlySpan<char> line, out InetSocketLine socket)
    {
        // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ...
        socket = default;
        Span<Range> fields = stackalloc Range[11];
        int count = Split(line, fields);
        if (count < 10
            || !TryParseAddress(line[fields[1]], out IPEndPoint? local)
            || !TryParseAddress(line[fields[2]], out IPEndPoint? remote)
            || !TryHex(line[fields[3]], out long state)
            || !int.TryParse(line[fields[7]], NumberStyles.None, CultureInfo.InvariantCulture, out int user)
            || !long.TryParse(line[fields[9]], NumberStyles.None, CultureInfo.InvariantCulture, out long inode))
        {
            return false;
        }

        ReadOnlySpan<char> queues = line[fields[4]];
        int colon = queues.IndexOf(':');
        if (colon < 0 || !TryHex(queues[..colon], out long send) || !TryHex(queues[(colon + 1)..], out long receive) || state > 255)
            return false;
        socket = new(local, remote, (int)state, send, receive, user, inode);
        return true;
    }

    /// <summary>Reads a line of unix.</summary>
    /// <param name="line">The line. The path is its rest, and may hold spaces.</param>
    /// <param name="socket">What it says.</param>
    /// <returns>Whether it is such a line; the heading is not.</returns>
    public static bool TryParseUnix(ReadOnlySpan<char> line, out UnixSocketLine socket)
    {
        // Num: RefCount Protocol Flags Type St Inode Path
        socket = default;
        Span<Range> fields = stackalloc Range[8];
        int count = Split(line, fields);
        if (count < 7
            || !TryHex(line[fields[3]], out long flags)
            || !TryHex(line[fields[4]], out long type)
            || !TryHex(line[fields[5]], out long state)
            || type > 255 || state > 255
            || !long.TryParse(line[fields[6]], NumberStyles.None, CultureInfo.InvariantCulture, out long inode))
        {
            return false;
        }

        // The path begins one space after the inode; a path may itself begin with one.
        int after = fields[6].End.Value + 1;
        socket = new(flags, (int)type, (int)state, inode, after < line.Length ? line[after..].ToString() : "");
        return true;
    }

    /// <summary>Reads an address as the kernel prints it: hexadecimal words in the machine's byte order, a colon, the port.</summary>
    /// <param name="text"><c>0100007F:1F90</c>, or 32 digits for IPv6.</param>
    /// <param name="address">The address.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParseAddress(ReadOnlySpan<char> text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPEndPoint? address)
    {
        address = null;
        int colon = text.IndexOf(':');
        if (colon is not (8 or 32) || text.Length != colon + 5 || !TryHex(text[(colon + 1)..], out long port))
            return false;
        Span<byte> bytes = stackalloc byte[colon / 2];
        for (int word = 0; word < colon / 8; word++)
        {
            if (!TryHex(text.Slice(word * 8, 8), out long value))
                return false;
            if (BitConverter.IsLittleEndian)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[(word * 4)..], (uint)value);
            else
                BinaryPrimitives.WriteUInt32BigEndian(bytes[(word * 4)..], (uint)value);
        }

        address = new(new IPAddress(bytes), (int)port);
        return true;
    }

    /// <summary>Reads the inode out of a descriptor's link, <c>socket:[12345]</c>.</summary>
    public static bool TryParseSocketLink(ReadOnlySpan<char> link, out long inode)
    {
        inode = 0;
        return link.StartsWith("socket:[") && link.EndsWith("]") && link.Length > 9
            && long.TryParse(link[8..^1], NumberStyles.None, CultureInfo.InvariantCulture, out inode);
    }

    /// <summary>The real user's number in the text of /proc/PID/status; null when it is not there.</summary>
    public static int? ParseUser(ReadOnlySpan<char> status)
    {
        Span<Range> fields = stackalloc Range[6];
        foreach (ReadOnlySpan<char> line in status.EnumerateLines())
        {
            if (!line.StartsWith("Uid:"))
                continue;
            return Split(line, fields) >= 2 && int.TryParse(line[fields[1]], NumberStyles.None, CultureInfo.InvariantCulture, out int user) ? user : null;
        }

        return null;
    }

    /// <summary>The name of a user's number in the text of /etc/passwd, passwd(5); null when it is not there.</summary>
    public static string? ParseUserName(ReadOnlySpan<char> passwd, int user)
    {
        Span<Range> fields = stackalloc Range[4];
        foreach (ReadOnlySpan<char> line in passwd.EnumerateLines())
        {
            if (line.Split(fields, ':') == 4 && int.TryParse(line[fields[2]], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number == user && line[fields[0]].Length > 0)
                return line[fields[0]].ToString();
        }

        return null;
    }

    /// <summary>
    /// A command line as people read it: the arguments of /proc/PID/cmdline (each ends with NUL) joined by spaces, control characters replaced,
    /// bounded. A process chooses its own command line, so it is not to be trusted on a terminal. Null when it is empty (a kernel thread).
    /// </summary>
    public static string? ParseCommand(ReadOnlySpan<byte> commandLine, int longest = 1024)
    {
        ReadOnlySpan<byte> text = commandLine.TrimEnd((byte)0);
        if (text.IsEmpty)
            return null;
        var command = new System.Text.StringBuilder(Math.Min(text.Length, longest) + 1);
        foreach (System.Text.Rune rune in System.Text.Encoding.UTF8.GetString(text[..Math.Min(text.Length, longest * 4)]).EnumerateRunes())
        {
            if (command.Length >= longest)
            {
                command.Append('…');
                break;
            }

            UnicodeCategory category = System.Text.Rune.GetUnicodeCategory(rune);
            if (rune.Value == 0)
                command.Append(' ');
            else if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                command.Append('\uFFFD');
            else
                command.Append(rune.ToString());
        }

        return command.ToString();
    }

    // Fields stand apart by any number of spaces; more fields than ranges are left out.
    private static int Split(ReadOnlySpan<char> line, Span<Range> fields)
    {
        int count = 0;
        int at = 0;
        while (count < fields.Length)
        {
            while (at < line.Length && line[at] is (' ' or '\t'))
                at++;
            if (at == line.Length)
                break;
            int start = at;
            while (at < line.Length && line[at] is not (' ' or '\t'))
                at++;
            fields[count++] = start..at;
        }

        return count;
    }

    private static bool TryHex(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        return text.Length is > 0 and <= 8 && long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
