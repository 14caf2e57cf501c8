using System.Globalization;

namespace Soket.Linux.Tests.Engine;

/// <summary>A test waits for what it expects; only a failing one meets this limit.</summary>
internal static class Waiting
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("SOKET_TEST_LIMIT") ?? "60", CultureInfo.InvariantCulture));

    public static Task Guarded(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Guarded<T>(this Task<T> task) => task.WaitAsync(Limit);
}
