using System.Collections.Concurrent;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Soket.Explain;
using Soket.Linux.Native;
using Soket.Programs;

namespace Soket.Linux;

/// <summary>
/// Programs by posix_spawn(3), each the leader of a process group of its own: it can be asked to end (SIGTERM), and be ended with what it started. It begins
/// with every signal as signals are by default, and with no descriptor of this process but its three pipes.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LinuxPrograms : IProgramStarter
{
    private static readonly ConcurrentDictionary<int, LinuxProgram> Running = new();
    private static volatile bool _canCloseOthers = true; // any thread: musl, and glibc before 2.34, cannot

    // One for the process, for as long as it runs: SIGCHLD says that some child ended, and several may be told as one.
    private static readonly PosixSignalRegistration Watch = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ =>
    {
        foreach (LinuxProgram program in Running.Values)
            program.Look();
    });

    /// <inheritdoc/>
    public IRunningProgram Start(ProgramCommand command, IReadOnlyDictionary<string, string> environment)
    {
        _ = Watch;
        var input = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        AnonymousPipeServerStream? output = null, error = null;
        try
        {
            output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
            error = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
            int process = Spawn(command, environment, [input.ClientSafePipeHandle, output.ClientSafePipeHandle, error.ClientSafePipeHandle]);
            var program = new LinuxProgram(process, input, output, error, static ended => Running.TryRemove(ended, out _));
            Running[process] = program;
            program.Look(); // It may have ended before it stood there.
            return program;
        }
        catch
        {
            input.Dispose();
            output?.Dispose();
            error?.Dispose();
            throw;
        }
        finally
        {
            input.DisposeLocalCopyOfClientHandle();
            output?.DisposeLocalCopyOfClientHandle();
            error?.DisposeLocalCopyOfClientHandle();
        }
    }

    private static unsafe int Spawn(ProgramCommand command, IReadOnlyDictionary<string, string> environment, SafePipeHandle[] pipes)
    {
        byte* actions = stackalloc byte[LibC.SpawnRoom];
        byte* attributes = stackalloc byte[LibC.SpawnRoom];
        byte* signals = stackalloc byte[LibC.SignalSet];
        byte** arguments = Block([command.Path, .. command.Arguments]);
        byte** variables = Block([.. environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        var copies = new List<SafeFileHandle>();
        _ = LibC.InitActions(actions);
        _ = LibC.InitAttributes(attributes);
        try
        {
            // Where this process began with a closed stdin the pipes may be 0, 1 or 2 themselves, and one would be put over another.
            for (int i = 0; i < pipes.Length; i++)
            {
                int copy = LibC.Control(pipes[i], LibC.DuplicateCloseOnExec, 3);
                if (copy < 0)
                    throw NotStarted(command, Marshal.GetLastPInvokeError());
                copies.Add(new SafeFileHandle(copy, ownsHandle: true));
                Check(command, LibC.AddDuplicate(actions, copy, i));
            }

            CloseOthers(command, actions);
            Check(command, LibC.SetFlags(attributes, LibC.GroupAndSignals));
            Check(command, LibC.SetGroup(attributes, 0));
            _ = LibC.FillSignals(signals);
            Check(command, LibC.SetDefaultSignals(attributes, signals)); // .NET ignores SIGPIPE, and a child would go on doing so
            _ = LibC.EmptySignals(signals);
            Check(command, LibC.SetBlockedSignals(attributes, signals));
            Check(command, LibC.Spawn(out int process, command.Path, actions, attributes, arguments, variables));
            return process;
        }
        finally
        {
            _ = LibC.DestroyAttributes(attributes);
            _ = LibC.DestroyActions(actions);
            foreach (SafeFileHandle copy in copies)
                copy.Dispose();
            Free(arguments);
            Free(variables);
        }
    }

    // .NET's own descriptors close by themselves; those that a shell left open to this process (exec 9<file) do not, and are no business of a peer's program.
    private static unsafe void CloseOthers(ProgramCommand command, byte* actions)
    {
        if (!_canCloseOthers)
            return;
        try
        {
            Check(command, LibC.AddCloseFrom(actions, 3));
        }
        catch (EntryPointNotFoundException)
        {
            _canCloseOthers = false;
        }
    }

    private static void Check(ProgramCommand command, int error)
    {
        if (error != 0)
            throw NotStarted(command, error);
    }

    private static IOException NotStarted(ProgramCommand command, int error)
    {
        string name = Errno.Name(error) ?? $"errno {error}";
        return new IOException($"{command.Path}: {Errno.Text(name) ?? Marshal.GetPInvokeErrorMessage(error)} ({name})");
    }

    private static unsafe byte** Block(IReadOnlyList<string> texts)
    {
        byte** block = (byte**)NativeMemory.AllocZeroed((nuint)texts.Count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
            block[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        return block;
    }

    private static unsafe void Free(byte** block)
    {
        for (byte** text = block; *text is not null; text++)
            Marshal.FreeCoTaskMem((nint)(*text));
        NativeMemory.Free(block);
    }
}
