using Xunit;

namespace Soket.Linux.Tests;

/// <summary>Threads that want a processor and get none are seen to wait.</summary>
public sealed class SchedulerWaitsTests
{
    [Fact]
    public async Task More_busy_threads_than_processors_wait_and_only_those_of_the_name_count()
    {
        if (!File.Exists("/proc/self/schedstat"))
            Assert.Skip("the kernel keeps no statistics of its scheduler");
        using var stop = new CancellationTokenSource();
        Thread[] busy = [.. Enumerable.Range(0, (2 * Environment.ProcessorCount) + 1).Select(i => new Thread(() => Spin(stop.Token)) { Name = "soket spin " + i, IsBackground = true })];
        foreach (Thread thread in busy)
            thread.Start();
        TimeSpan? waited = null;
        try
        {
            // Twice as many as there are processors: in any second at least one second of waiting comes together.
            while (waited is null || waited < TimeSpan.FromMilliseconds(100))
            {
                await Task.Yield();
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                waited = SchedulerWaits.Read("soket spin");
            }

            Assert.True(SchedulerWaits.Read() >= waited);
        }
        finally
        {
            await stop.CancelAsync();
            foreach (Thread thread in busy)
                thread.Join();
        }
    }

    private static void Spin(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            Thread.SpinWait(1000);
    }
}
