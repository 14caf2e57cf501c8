using System.Buffers.Text;
using System.Globalization;
using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Linux.Native;

namespace Soket.Linux;

/// <summary>A descriptor that is a socket.</summary>
internal delegate void SocketDescriptor(int descriptor, long inode);

/// <summary>Walks /proc for the descriptors that are sockets, without a string for each: there may be a hundred thousand.</summary>
[SupportedOSPlatform("linux")]
internal static class ProcDescriptors
{
    private const int PermissionDenied = 13; // EACCES

    // Every entry counts, and asking for attributes would cost a call each.
    private static readonly EnumerationOptions Plain = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    /// <summary>The numbers of the processes there are.</summary>
    public static IEnumerable<int> Processes(string proc) => Numbers(proc);

    /// <summary>Calls <paramref name="each"/> for every socket among a process's descriptors.</summary>
    /// <returns>Whether they may be read; true also for a process that is gone.</returns>
    public static unsafe bool Walk(string proc, int id, SocketDescriptor each)
    {
        // .NET's own enumeration asks of every link where it leads, and the kernel would look the whole path up again for each: half of the time of a long table.
        nint folder = LibC.OpenFolder($"{proc}/{id.ToString(CultureInfo.InvariantCulture)}/fd");
        if (folder == 0)
            return Marshal.GetLastPInvokeError() != PermissionDenied;
        try
        {
            int place = LibC.DescriptorOf(folder);
            Span<byte> target = stackalloc byte[64];
            for (byte* entry; (entry = LibC.NextEntry(folder)) is not null;)
            {
                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + LibC.EntryName);
                if (!Utf8Parser.TryParse(name, out int descriptor, out int digits) || digits != name.Length)
                    continue; // . and ..
                nint length = LibC.ReadLink(place, new ReadOnlySpan<byte>(entry + LibC.EntryName, name.Length + 1), target, (nuint)target.Length);
                if (length > 0 && TryParseLink(target[..(int)length], out long inode))
                    each(descriptor, inode);
            }
        }
        finally
        {
            _ = LibC.CloseFolder(folder); // fails for no folder that was opened
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
