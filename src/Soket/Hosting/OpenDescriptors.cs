using System.Buffers.Text;
using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;

namespace Soket.Hosting;

/// <summary>How many descriptors this process may still open. Any thread.</summary>
internal static class OpenDescriptors
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None };

    /// <summary>How many are left.</summary>
    /// <param name="wanted">How many anybody wants to know of; where more cannot be told without taking them, so many are told.</param>
    /// <remarks>
    /// On Linux they are counted, which takes one for a moment. Elsewhere they are taken and given back: who wants one in that moment gets none, which is why
    /// Linux, where such a moment ends the process, has it otherwise.
    /// </remarks>
    public static int Left(int wanted)
    {
        if (!OperatingSystem.IsLinux())
            return Try(wanted);
        try
        {
            return Limit() is { } limit ? (int)Math.Clamp(limit - Used(), 0, int.MaxValue) : int.MaxValue;
        }
        catch (DirectoryNotFoundException)
        {
            return Try(wanted); // no /proc here
        }
        catch (FileNotFoundException)
        {
            return Try(wanted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // EMFILE, ENFILE
        }
    }

    /// <summary>Takes one; null when there is none.</summary>
    public static SafeFileHandle? TryTake()
    {
        try
        {
            return File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (IOException)
        {
            return null; // EMFILE, ENFILE
        }
    }

    // The one it is read through is among them.
    private static int Used() => new FileSystemEnumerable<bool>("/proc/self/fd", static (ref FileSystemEntry _) => true, Everything).Count() - 1;

    // proc_pid_limits(5); it can be raised while the process runs (prlimit(1)). Null where there is none.
    private static long? Limit()
    {
        ReadOnlySpan<byte> name = "Max open files"u8;
        Span<byte> text = stackalloc byte[4096];
        using SafeFileHandle file = File.OpenHandle("/proc/self/limits");
        text = text[..RandomAccess.Read(file, text, 0)];
        int at = text.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(text[(at + name.Length)..].TrimStart((byte)' '), out long soft, out _) ? soft : null;
    }

    private static int Try(int wanted)
    {
        Span<SafeFileHandle?> taken = new SafeFileHandle?[wanted];
        int left = 0;
        while (left < wanted && (taken[left] = TryTake()) is not null)
            left++;
        foreach (SafeFileHandle? one in taken[..left])
            one!.Dispose();
        return left;
    }
}
