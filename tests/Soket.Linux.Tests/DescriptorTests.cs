using System.Net.Sockets;
using System.Runtime.InteropServices;
using Soket.Explain;
using Soket.Languages;
using Xunit;

namespace Soket.Linux.Tests;

/// <summary>The limit of open files is the whole process's, so nothing else runs meanwhile.</summary>
[CollectionDefinition("descriptors", DisableParallelization = true)]
public sealed class Descriptors;

[Collection("descriptors")]
public sealed partial class DescriptorTests
{
    private const int OpenFiles = 7; // RLIMIT_NOFILE

    [Fact]
    public void A_process_without_a_free_descriptor_can_still_say_so()
    {
        Explainer.Preload();
        var explainer = new Explainer(new LinuxSystemFacts());
        Assert.Equal(0, GetLimit(OpenFiles, out Limit before));
        int highest = Directory.EnumerateFileSystemEntries("/proc/self/fd").Max(path => int.Parse(Path.GetFileName(path)));
        var kept = new List<Socket>(1000);
        SocketException? refused = null;
        Explanation english, indonesian;
        var small = new Limit { Soft = (ulong)highest + 8, Hard = before.Hard };
        Assert.Equal(0, SetLimit(OpenFiles, in small));
        try
        {
            while (refused is null)
            {
                try
                {
                    kept.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                }
                catch (SocketException e)
                {
                    refused = e;
                }
            }

            SocketFailure failure = SocketFailure.From(SocketCall.Accept, refused);
            english = explainer.Explain(failure, Language.English);
            indonesian = explainer.Explain(failure, Language.Indonesian);
        }
        finally
        {
            _ = SetLimit(OpenFiles, in before);
            kept.ForEach(socket => socket.Dispose());
        }

        Assert.Equal(("too-many-open-files", 114), (english.Code, english.ExitCode));
        Assert.Contains($"limit of {small.Soft} open files", english.Cause, StringComparison.Ordinal);
        Assert.Contains($"prlimit --pid {Environment.ProcessId}", english.Remedy, StringComparison.Ordinal);
        Assert.Contains($"batas {small.Soft} berkas", indonesian.Cause, StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
