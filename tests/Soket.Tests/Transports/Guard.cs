namespace Soket.Tests.Transports;

/// <summary>A test waits for what it expects; only a failing one meets this limit.</summary>
public static class Guard
{
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("SOKET_TEST_LIMIT") ?? "60", System.Globalization.CultureInfo.InvariantCulture));

    public static Task Guarded(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Guarded<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Guarded(this ValueTask task) => task.AsTask().WaitAsync(Limit);

    public static Task<T> Guarded<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);

    /// <summary>Ends when the token is cancelled.</summary>
    public static async Task Fired(this CancellationToken token)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (token.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), fired))
            await fired.Task.Guarded();
    }
}
