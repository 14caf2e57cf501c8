using Soket.Cli.Tests.Interop;
using Xunit;

namespace Soket.Cli.Tests.Completion;

/// <summary>PowerShell is in no Debian; its grammar is, for editors, in a package of npm.</summary>
public sealed class PowerShellSyntaxTests
{
    // Prints where the text on stdin is not PowerShell, and whether there is a call of Register-ArgumentCompleter in it.
    private const string Parse = """
        const { Parser, Language } = require(process.argv[1] + '/wasm/tree-sitter.js');
        (async () => {
          await Parser.init();
          const parser = new Parser();
          parser.setLanguage(await Language.load(process.argv[1] + '/wasm/tree-sitter-powershell.wasm'));
          const walk = node => {
            if (node.isError || node.isMissing) console.log('wrong at line', node.startPosition.row + 1);
            if (node.type === 'command_name') console.log('calls', node.text);
            node.children.forEach(walk);
          };
          walk(parser.parse(require('fs').readFileSync(0, 'utf8')).rootNode);
        })();
        """;

    [Theory]
    [InlineData("en")]
    [InlineData("id")]
    public async Task The_script_is_PowerShell(string language)
    {
        Finished script = await SoketProcess.RunAsync("completions", "powershell", "--lang", language);
        string[] found = await ParseAsync(script.OutBytes);
        Assert.DoesNotContain(found, line => line.StartsWith("wrong", StringComparison.Ordinal));
        Assert.Contains("calls Register-ArgumentCompleter", found);
    }

    [Theory]
    [InlineData("@{ Name = 'it's' }")]
    [InlineData("if ($x) { Get-Item")]
    [InlineData("param($a, $b")]
    public async Task What_is_not_PowerShell_is_noticed(string text) =>
        Assert.Contains(await ParseAsync(System.Text.Encoding.UTF8.GetBytes(text)), line => line.StartsWith("wrong", StringComparison.Ordinal));

    private static async Task<string[]> ParseAsync(byte[] text)
    {
        string grammar = await NpmPackage.FolderAsync("@vscode/tree-sitter-wasm", "0.3.1");
        // The grammar is one enormous function of WebAssembly; to optimise it takes many times as long as to run it once.
        await using SoketProcess node = SoketProcess.Peer(Peers.Require("node"), "--liftoff-only", "-e", Parse, grammar);
        Finished parsed = await node.FinishAsync(text);
        Assert.True(parsed.ExitCode == 0, parsed.Error);
        return parsed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
