using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Soket.Linux.Native;
using Soket.Programs;

namespace Soket.Linux;

/// <summary>
/// A program that was started, the leader of its process group. Its number stays on the process table until it is disposed, so that a signal for the group
/// can never reach another one that was given the same number.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class LinuxProgram(int process, Stream input, Stream output, Stream error, Action<int> forget) : IRunningProgram
{
    private readonly TaskCompletionSource<ProgramEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private bool _taken; // under _lock: the number is no longer this program's

    public int Id => process;

    public Stream Input => input;

    public Stream Output => output;

    public Stream Error => error;

    public Task<ProgramEnd> Ended => _ended.Task;

    public void Terminate() => Signal(LibC.SignalTerm);

    public void Kill() => Signal(LibC.SignalKill);

    /// <summary>Looks whether it has ended. Any thread.</summary>
    public unsafe void Look()
    {
        byte* info = stackalloc byte[LibC.SignalInfo];
        new Span<byte>(info, LibC.SignalInfo).Clear();
        lock (_lock)
        {
            if (_taken || _ended.Task.IsCompleted)
                return;
            if (LibC.WaitFor(LibC.OneProcess, process, info, LibC.PeekEnded) != 0)
            {
                // ECHILD: whoever started this process has it ignore its children, and the system has taken it off the table.
                _taken = true;
                _ended.TrySetResult(default);
                return;
            }
        }

        // siginfo_t on 64-bit machines: si_code at 8, si_pid at 16, si_status at 24.
        int* fields = (int*)info;
        if (fields[4] == 0)
            return;
        int status = fields[6];
        _ended.TrySetResult(fields[2] == LibC.Exited ? new(status, null) : new(null, status));
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _ended.Task.ConfigureAwait(false);
        Take();
        forget(process);
        await input.DisposeAsync().ConfigureAwait(false);
        await output.DisposeAsync().ConfigureAwait(false);
        await error.DisposeAsync().ConfigureAwait(false);
    }

    private void Signal(int signal)
    {
        lock (_lock)
        {
            if (!_taken && LibC.Signal(-process, signal) != 0 && Marshal.GetLastPInvokeError() != Missing)
                _ = LibC.Signal(process, signal); // Not ours to signal as a group: one of it runs as another user.
        }
    }

    private unsafe void Take()
    {
        byte* info = stackalloc byte[LibC.SignalInfo];
        lock (_lock)
        {
            if (!_taken)
                _ = LibC.WaitFor(LibC.OneProcess, process, info, LibC.TakeEnded);
            _taken = true;
        }
    }

    private const int Missing = 3; // ESRCH
}
