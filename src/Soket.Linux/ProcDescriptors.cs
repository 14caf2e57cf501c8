using System.Buffers.Text;
using System.Globalization;
using System.IO.Enumeration;
using System.Runtime.Versioning;
using System.Text;
using Soket.Linux.Native;

namespace Soket.Linux;

/// <summary>A descriptor that is a socket.</summary>
internal delegate void SocketDescriptor(int descriptor, long inode);

/// <summary>Walks /proc for the descriptors that are sockets, without a string for each: there may be a hundred thousand.</summary>
[SupportedOSPlatform("linux")]
internal static class ProcDescriptors
{
    // Every entry counts, and asking for attributes would cost a call each.
    private static readonly EnumerationOptions Plain = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>The numbers of the processes there are.</summary>
    public static IEnumerable<int> Processes(string proc) => Numbers(proc);

    /// <summary>Calls <paramref name="each"/> for every socket among a process's descriptors.</summary>
    /// <returns>Whether they may be read; true also for a process that is gone.</returns>
    public static bool Walk(string proc, int id, SocketDescriptor each)
    {
        string directory = $"{proc}/{id.ToString(CultureInfo.InvariantCulture)}/fd/";
        Span<byte> path = stackalloc byte[256];
        Span<byte> target = stackalloc byte[64];
        if (!Encoding.UTF8.TryGetBytes(directory, path, out int prefix) || prefix > 200)
            return false;
        try
        {
            foreach (int descriptor in Numbers(directory))
            {
                if (!Utf8Formatter.TryFormat(descriptor, path[prefix..], out int digits))
                    continue;
                path[prefix + digits] = 0;
                nint length = LibC.ReadLink(path, target, (nuint)target.Length);
                if (length > 0 && TryParseLink(target[..(int)length], out long inode))
                    each(descriptor, inode);
            }
        }
        catch (UnauthorizedAccessException)
        {
            return false; // Another user's.
        }
        catch (IOException)
        {
            return true; // Gone meanwhile; what was read counts.
        }

        return true;
    }

    private static FileSystemEnumerable<int> Numbers(string directory) =>
        new(directory, static (ref FileSystemEntry entry) => int.Parse(entry.FileName, NumberStyles.None, CultureInfo.InvariantCulture), Plain)
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) => int.TryParse(entry.FileName, NumberStyles.None, CultureInfo.InvariantCulture, out _),
        };

    // socket:[12345]
    private static bool TryParseLink(ReadOnlySpan<byte> link, out long inode)
    {
        inode = 0;
        return link.StartsWith("socket:["u8) && Utf8Parser.TryParse(link[8..], out inode, out int used) && link[(8 + used)..].SequenceEqual("]"u8);
    }
}
