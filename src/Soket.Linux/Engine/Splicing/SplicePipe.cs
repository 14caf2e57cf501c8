namespace Soket.Linux.Engine.Splicing;

/// <summary>The pipe that bytes go through from socket to socket. One is enough for a loop: it is empty whenever nobody is at it.</summary>
internal sealed class SplicePipe
{
    private const int Wanted = 1024 * 1024; // as much as an unprivileged process may ask for (/proc/sys/fs/pipe-max-size)
    private const int Usual = 64 * 1024;

    private SplicePipe(int reading, int writing, int size)
    {
        Reading = reading;
        Writing = writing;
        Size = size;
    }

    public int Reading { get; }

    public int Writing { get; }

    /// <summary>How many bytes it takes at most; pages that are not full take as much room as full ones.</summary>
    public int Size { get; }

    /// <summary>Makes one; null when the system gives none.</summary>
    public static SplicePipe? Create(LoopKernel kernel)
    {
        int reading = kernel.CreatePipe(out int writing);
        if (reading < 0)
            return null;
        int size = kernel.SetPipeSize(writing, Wanted);
        return new(reading, writing, size > 0 ? size : Usual);
    }

    public void Close(LoopKernel kernel)
    {
        _ = kernel.Close(Reading);
        _ = kernel.Close(Writing);
    }
}
