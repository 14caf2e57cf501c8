using System.Globalization;
using System.Runtime.Versioning;

namespace Soket.Linux;

/// <summary>
/// How long threads of this process were ready to run and had no processor: <c>/proc/self/task/*/schedstat</c>, its second number (Linux,
/// Documentation/scheduler/sched-stats.rst). It tells a program that is slow by itself from one that shares its processors.
/// </summary>
[SupportedOSPlatform("linux")]
public static class SchedulerWaits
{
    /// <summary>The sum over threads; null where the kernel keeps no such statistics.</summary>
    /// <param name="name">Only threads whose name begins so, at most 15 bytes; all where there is none of that name.</param>
    public static TimeSpan? Read(string name = "")
    {
        try
        {
            long? sum = null, named = null;
            foreach (string task in Directory.EnumerateDirectories("/proc/self/task"))
            {
                if (Waited(task, out string? comm) is not { } waited)
                    continue;
                sum = (sum ?? 0) + waited;
                if (name.Length > 0 && comm?.StartsWith(name, StringComparison.Ordinal) == true)
                    named = (named ?? 0) + waited;
            }

            return (named ?? sum) is { } nanoseconds ? TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A thread may end while it is looked at.
    private static long? Waited(string task, out string? name)
    {
        name = null;
        try
        {
            name = File.ReadAllText(task + "/comm");
            string[] numbers = File.ReadAllText(task + "/schedstat").Split(' ');
            return numbers.Length == 3 && long.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out long waited) ? waited : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
