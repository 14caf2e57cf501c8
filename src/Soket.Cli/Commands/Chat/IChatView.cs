namespace Soket.Cli.Commands.Chat;

/// <summary>Where a chat is shown and typed. What is shown has been made fit for a terminal.</summary>
internal interface IChatView : IAsyncDisposable
{
    /// <summary>Whether what was typed stays where it was typed, so that one's own words need not be shown again.</summary>
    bool KeepsTyped { get; }

    /// <summary>Whether somebody sits there: lines come when they are typed.</summary>
    bool IsTyped { get; }

    /// <summary>Begins to ask for lines; what is shown before stands above.</summary>
    void Begin();

    /// <summary>Shows what was said: the payload.</summary>
    void Show(string line);

    /// <summary>Shows anything else.</summary>
    void Remark(string line);

    /// <summary>What stands before the line that is typed.</summary>
    void SetPrompt(string prompt);

    /// <summary>The lines that are typed, until the end.</summary>
    IAsyncEnumerable<string> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Ends when everything so far has been shown.</summary>
    Task FlushAsync();
}
