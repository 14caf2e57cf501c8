namespace Soket.Cli.CommandLine;

/// <summary>What was typed makes no sense: the message says what is wrong and shows a right one, in the person's language. Exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
