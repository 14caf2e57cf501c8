using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace Soket.Linux.Tests;

/// <summary>
/// A network of a test's own: a thread in a fresh network namespace (unshare(2)), where no packet can leave the machine. Sockets made on that
/// thread, and programs started from it, live there.
/// </summary>
internal static partial class Namespace
{
    private const int NewNetwork = 0x40000000;
    private const int NewMounts = 0x00020000;

    public static void Run(Action body, bool ownFiles = false)
    {
        Exception? failure = null;
        bool made = true;
        var thread = new Thread(() =>
        {
            if (Unshare(NewNetwork | (ownFiles ? NewMounts : 0)) != 0)
            {
                made = false;
                return;
            }

            try
            {
                if (ownFiles)
                    Tool("mount --make-rprivate /");
                body();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        Needs.That(made, "a network namespace needs root");
        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>Runs a command in the namespace of the calling thread.</summary>
    public static void Tool(string command)
    {
        string[] words = command.Split(' ');
        var start = new ProcessStartInfo(words[0]) { RedirectStandardError = true };
        foreach (string word in words.Skip(1))
            start.ArgumentList.Add(word);
        using Process? process = Find(start);
        Needs.That(process is not null, words[0] + " is not installed");
        string error = process!.StandardError.ReadToEnd();
        process.WaitForExit();
        Needs.That(process.ExitCode == 0, $"'{command}' does not work here: {error.Trim()}");
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    private static Process? Find(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
