using System.Text.Json;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Soket.Cli.Tests.Browser;

/// <summary>The page of <c>soket serve chat --web</c> in a real browser: people on it talk with each other and with terminals, and nothing that others say acts on it.</summary>
public sealed class ChatPageTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    // For a person to look at: SOKET_PAGES names a folder where pictures stay.
    private static readonly string? _kept = Environment.GetEnvironmentVariable("SOKET_PAGES");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("soket-web-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Two_pages_talk_to_each_other_and_to_a_terminal()
    {
        (SoketProcess server, string page, int port) = await ServeAsync();
        await using (server)
        {
            await using ChatVisitor ani = await ChatVisitor.EnterAsync(chromium, page, "ani");
            await using ChatVisitor budi = await ChatVisitor.EnterAsync(chromium, page, "budi", language: "id");
            await using SoketProcess citra = SoketProcess.Soket("chat", $"127.0.0.1:{port}", "--nick", "citra");
            await ani.SeesAsync("budi has joined");
            await ani.SeesAsync("citra has joined");
            await budi.SeesAsync("citra bergabung");

            await ani.SayAsync("halo dari halaman");
            await budi.SeesAsync("ani: halo dari halaman");
            await citra.OutLineAsync(line => line == "ani: halo dari halaman");
            await citra.WriteAsync("halo dari terminal\n/me melambai\n/msg budi berdua\n");
            await ani.SeesAsync("citra: halo dari terminal");
            await ani.SeesAsync("* citra melambai");
            await budi.SeesAsync("(pribadi) citra: berdua");
            await budi.SayAsync("/me menjawab");
            await citra.OutLineAsync(line => line == "* budi menjawab");
            await budi.SayAsync("/msg citra juga berdua");
            await citra.OutLineAsync(line => line == "(private) budi: juga berdua");
            Assert.Equal(0, await ani.CountAsync("berdua"));

            await Expect(ani.Page.Locator("#people-count")).ToHaveTextAsync("People here: 3");
            await budi.SayAsync("/quit");
            await Expect(budi.Page.Locator("#state")).ToHaveTextAsync("Sampai jumpa.");
            await Expect(ani.Page.Locator("#people-count")).ToHaveTextAsync("People here: 2");
            ani.AssertUntroubled();
            budi.AssertUntroubled();
        }
    }

    [Fact]
    public async Task Markup_in_messages_names_rooms_and_topics_is_shown_and_not_obeyed()
    {
        const string Markup = "<img src=x onerror=alert(1)><script>alert(2)</script>{page.title}&lt;b&gt;";
        (SoketProcess server, string page, int port) = await ServeAsync();
        await using (server)
        {
            await using ChatVisitor ani = await ChatVisitor.EnterAsync(chromium, page, "ani");
            ani.Page.Dialog += (_, _) => Assert.Fail("a script ran");
            await using SoketProcess rude = SoketProcess.Soket("chat", $"127.0.0.1:{port}", "--nick", "rude");
            await ani.SeesAsync("rude has joined");
            await rude.WriteAsync($"{Markup}\n/me {Markup}\n/msg ani {Markup}\n");
            await ani.SeesAsync("(private) rude: " + Markup);
            await ani.SeesAsync("rude: " + Markup);
            await ani.SeesAsync("* rude " + Markup);
            await ani.SayAsync("/nick <b>x</b>");
            await ani.SeesAsync("<b>x</b> is no name");
            await ani.SayAsync("/join <i>x</i>");
            await ani.SeesAsync("<i>x</i> is no name");
            await ani.SayAsync("/__proto__");
            await ani.SeesAsync("There is no command /__proto__");
            await ani.SayAsync("/join kelas");
            await ani.SeesRoomAsync("kelas");
            await ani.SayAsync("/topic " + Markup);
            await Expect(ani.Page.Locator("#topic")).ToHaveTextAsync(Markup);
            Assert.Equal(0, await ani.Page.Locator("img, main script, main b b, i").CountAsync());
            ani.AssertUntroubled();
        }
    }

    [Fact]
    public async Task What_is_typed_while_the_server_is_away_is_said_once_when_it_is_back()
    {
        string history = Path.Combine(_folder.FullName, "history");
        (SoketProcess first, string page, _) = await ServeAsync("--history", history);
        await using ChatVisitor ani = await ChatVisitor.EnterAsync(chromium, page, "ani");
        await using ChatVisitor budi = await ChatVisitor.EnterAsync(chromium, page, "budi");
        await using (first)
        {
            await ani.SayAsync("sebelum");
            await budi.SeesAsync("sebelum");
            await first.SignalAsync("KILL");
        }

        await ani.StatesAsync("trying again");
        await ani.SayAsync("sementara");
        await ani.StatesAsync("Messages that wait to be sent: 1");
        Assert.Equal(0, await ani.CountAsync("sementara"));
        SoketProcess second = SoketProcess.Soket("serve", "chat", "tcp://127.0.0.1:0", $"ws://127.0.0.1:{new Uri(page).Port}/", "--web", "--history", history, "--reuse-address");
        await using (second)
        {
            await budi.SeesAsync("sementara");
            await ani.SeesAsync("sementara");
            await ani.StatesAsync("Connected as ani.");
            await budi.SayAsync("sesudah");
            await ani.SeesAsync("sesudah");
            foreach (string text in (string[])["sebelum", "sementara", "sesudah"])
                Assert.Equal((1, 1), (await ani.CountAsync(text), await budi.CountAsync(text)));

            // Who loads the page again is the same, sees what was said, and what comes is not shown twice.
            await ani.Page.ReloadAsync();
            await ani.StatesAsync("Connected as ani.");
            await ani.SeesAsync("sesudah");
            await budi.SayAsync("kemudian");
            await ani.SeesAsync("kemudian");
            foreach (string text in (string[])["sebelum", "sementara", "sesudah", "kemudian"])
                Assert.Equal(1, await ani.CountAsync(text));

            // A server that drains hands the pages over with a hint.
            Assert.Equal(0, (await second.SignalAsync("TERM")).ExitCode);
            await ani.StatesAsync("The server stops.");
        }
    }

    [Fact]
    public async Task A_server_that_has_forgotten_everything_goes_on_below_what_stands_on_the_page()
    {
        (SoketProcess first, string page, _) = await ServeAsync();
        await using ChatVisitor ani = await ChatVisitor.EnterAsync(chromium, page, "ani");
        await using (first)
        {
            foreach (string text in (string[])["satu", "dua", "tiga"])
                await ani.SayAsync(text);
            await ani.SeesAsync("tiga");
            await first.SignalAsync("KILL");
        }

        await ani.StatesAsync("trying again");
        await ani.SayAsync("/rooms"); // what only asks would be answered at another time
        await ani.SeesAsync("send this command again when the connection is back");
        Assert.Equal("/rooms", await ani.Message.InputValueAsync());
        await ani.SayAsync("sementara");
        SoketProcess second = SoketProcess.Soket("serve", "chat", $"ws://127.0.0.1:{new Uri(page).Port}/", "--web", "--reuse-address");
        await using (second)
        {
            await ani.SeesAsync("sementara");
            await ani.SayAsync("sesudah");
            await ani.SeesAsync("sesudah");
            Assert.Equal(["satu", "dua", "tiga", "sementara", "sesudah"], await ani.Page.Locator(".log:not([hidden]) .entry:not(.remark) span").AllTextContentsAsync());
        }
    }

    [Fact]
    public async Task Unread_messages_are_counted_by_room_and_in_the_title()
    {
        (SoketProcess server, string page, _) = await ServeAsync();
        await using (server)
        {
            await using ChatVisitor ani = await ChatVisitor.EnterAsync(chromium, page, "ani");
            await using ChatVisitor budi = await ChatVisitor.EnterAsync(chromium, page, "budi");
            await ani.SayAsync("/join kelas");
            await ani.SeesRoomAsync("kelas");
            await budi.SayAsync("satu");
            await budi.SayAsync("dua");
            ILocator lobby = ani.Page.GetByRole(AriaRole.Button, new() { Name = "#lobby 2 unread" });
            await Expect(lobby).ToBeVisibleAsync();
            Assert.Equal("(2) soket chat", await ani.Page.TitleAsync());
            await ani.SayAsync("di kelas"); // to the room that is seen
            await ani.SeesAsync("di kelas");
            await lobby.ClickAsync();
            await ani.SeesRoomAsync("lobby");
            await ani.SeesAsync("dua");
            Assert.Equal("soket chat", await ani.Page.TitleAsync());
            await Expect(ani.Message).ToBeFocusedAsync();
            await ani.SayAsync("/who"); // a command is about the room that is seen
            await ani.SeesAsync("In #lobby (2): ");
            await budi.SeesAsync("satu");
            Assert.Equal(0, await budi.CountAsync("di kelas"));
            ani.AssertUntroubled();
        }
    }

    [Fact]
    public async Task A_token_is_asked_for_taken_from_the_address_and_kept_out_of_sight()
    {
        string token = Path.Combine(_folder.FullName, "token");
        await File.WriteAllTextAsync(token, "buka-pintu-77\n", Token);
        (SoketProcess server, string page, _) = await ServeAsync("--token-file", token);
        await using (server)
        {
            BrowserPage opened = await chromium.VisitAsync(page);
            await using var ani = new ChatVisitor(opened);
            await ani.Page.GotoAsync(page);
            await Expect(ani.Page.Locator("#token")).ToBeHiddenAsync();
            await ani.Page.Locator("#nick").FillAsync("ani");
            await ani.Page.Keyboard.PressAsync("Enter");
            await Expect(ani.Page.Locator("#reason")).ToHaveTextAsync("A token is needed to come in.");
            await Expect(ani.Page.GetByLabel("Token")).ToBeFocusedAsync();
            await ani.Page.Keyboard.TypeAsync("salah");
            await ani.Page.Keyboard.PressAsync("Enter");
            await Expect(ani.Page.Locator("#reason")).ToHaveTextAsync("That is not the token.");
            await ani.Page.Locator("#token").FillAsync("buka-pintu-77");
            await ani.Page.Keyboard.PressAsync("Enter");
            await ani.SeesRoomAsync("lobby");
            await ani.Page.ReloadAsync();
            await ani.StatesAsync("Connected as ani.");
            ani.AssertUntroubled();

            await using var budi = new ChatVisitor(await chromium.VisitAsync(page));
            await budi.Page.GotoAsync(page + "#token=buka-pintu-77");
            Assert.Equal(page, budi.Page.Url);
            await budi.Page.Locator("#nick").FillAsync("budi");
            await budi.Page.Keyboard.PressAsync("Enter");
            await budi.SeesRoomAsync("lobby");
            Finished ended = await server.SignalAsync("TERM");
            Assert.DoesNotContain("buka-pintu", ended.Out + ended.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_name_that_leads_here_from_elsewhere_gets_no_page()
    {
        (SoketProcess server, string page, _) = await ServeAsync();
        await using (server)
        {
            await using BrowserPage opened = await chromium.VisitAsync("http://rebound.example");
            IResponse? answer = await opened.Page.GotoAsync(page.Replace("127.0.0.1", "rebound.example", StringComparison.Ordinal));
            Assert.Equal(421, answer!.Status);
            Assert.Contains("does not go by that name", await opened.Page.InnerTextAsync("body"), StringComparison.Ordinal);
            Assert.Equal(0, await opened.Page.Locator("form, script").CountAsync());

            // Nor the WebSocket: neither under that name, nor for a page of somebody else's.
            string socket = page.Replace("http:", "ws:", StringComparison.Ordinal);
            const string Try = "address => new Promise(done => { const socket = new WebSocket(address); socket.onopen = () => done('open'); socket.onclose = () => done('closed'); })";
            Assert.Equal("closed", await opened.Page.EvaluateAsync<string>(Try, socket.Replace("127.0.0.1", "rebound.example", StringComparison.Ordinal)));
            Assert.Equal("closed", await opened.Page.EvaluateAsync<string>(Try, socket));

            // The same from the chat's own page is taken.
            await using BrowserPage own = await chromium.VisitAsync(page);
            await own.Page.GotoAsync(page);
            Assert.Equal("open", await own.Page.EvaluateAsync<string>(Try, socket));
        }
    }

    [Fact]
    public async Task A_keyboard_alone_is_enough()
    {
        (SoketProcess server, string page, _) = await ServeAsync();
        await using (server)
        {
            await using var ani = new ChatVisitor(await chromium.VisitAsync(page));
            IKeyboard keys = ani.Page.Keyboard;
            await ani.Page.GotoAsync(page);
            Assert.Equal("nick", await FocusAsync(ani));
            await keys.TypeAsync("ani");
            await keys.PressAsync("Tab");
            Assert.Equal("BUTTON Come in", await FocusAsync(ani));
            await keys.PressAsync("Enter");
            await ani.SeesRoomAsync("lobby");
            Assert.Equal("message", await FocusAsync(ani));
            await keys.TypeAsync("satu");
            await keys.PressAsync("Enter");
            await ani.SeesAsync("ani: satu");
            await keys.TypeAsync("dua");
            await keys.PressAsync("Enter");
            await ani.SeesAsync("ani: dua");
            await keys.PressAsync("ArrowUp");
            await keys.PressAsync("ArrowUp");
            Assert.Equal("satu", await ani.Message.InputValueAsync());
            await keys.PressAsync("ArrowDown");
            await keys.PressAsync("ArrowDown");
            Assert.Equal("", await ani.Message.InputValueAsync());

            // From the top: every stop can be seen and has a name, in the order in which things stand.
            await ani.SayAsync("/join kelas");
            await ani.SeesRoomAsync("kelas");
            await ani.Page.EvaluateAsync("() => { document.activeElement.blur(); getSelection().removeAllRanges(); document.getElementById('language').focus(); }");
            var stops = new List<string>();
            do
            {
                stops.Add(await FocusAsync(ani));
                Assert.True(await ani.Page.EvaluateAsync<bool>("() => { const e = document.activeElement, s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; }"), stops[^1]);
                await keys.PressAsync("Tab");
            }
            while (await FocusAsync(ani) is not "" && stops.Count < 40 && await FocusAsync(ani) != stops[0]);
            Assert.Equal(
                ["language", "BUTTON #lobby", "BUTTON #kelas", "SUMMARY Other rooms", "room", "BUTTON Go in", "list", "leave", "DIV What is said in #kelas", "message", "BUTTON Send", "people-count", "BUTTON ani (you)"],
                stops);

            await ani.Page.GetByRole(AriaRole.Button, new() { Name = "#lobby", Exact = true }).FocusAsync();
            await keys.PressAsync("Enter");
            await ani.SeesRoomAsync("lobby");
            Assert.Equal("message", await FocusAsync(ani));
            ani.AssertUntroubled();
        }
    }

    [Fact]
    public async Task Who_listens_hears_what_comes_and_every_control_has_a_name()
    {
        (SoketProcess server, string page, _) = await ServeAsync();
        await using (server)
        {
            await using ChatVisitor ani = await ChatVisitor.EnterAsync(chromium, page, "ani", language: "id");
            Assert.Equal("id", await ani.Page.Locator("html").GetAttributeAsync("lang"));
            ILocator log = ani.Page.GetByRole(AriaRole.Log, new() { Name = "Yang dikatakan di #lobby" });
            await Expect(log).ToHaveAttributeAsync("aria-live", "polite", new() { Timeout = 10_000 });
            await Expect(ani.Page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Tersambung sebagai ani.");
            await Expect(ani.Page.GetByRole(AriaRole.Navigation, new() { Name = "Ruang" })).ToBeVisibleAsync();
            await Expect(ani.Page.GetByRole(AriaRole.Complementary, new() { Name = "Orang" })).ToBeVisibleAsync();
            await Expect(ani.Page.GetByRole(AriaRole.Textbox, new() { Name = "Pesan ke #lobby" })).ToBeVisibleAsync();
            await Expect(ani.Page.GetByRole(AriaRole.Heading, new() { Level = 2 })).ToHaveTextAsync("#lobby");
            await Expect(ani.Page.GetByRole(AriaRole.Main)).ToHaveCountAsync(1);
            await Expect(ani.Page.GetByRole(AriaRole.Button, new() { Name = "#lobby", Exact = true })).ToHaveAttributeAsync("aria-current", "true");
            string[] wrong = await ani.Page.EvaluateAsync<string[]>(
                """
                () => {
                  const wrong = [];
                  const seen = new Set();
                  for (const e of document.querySelectorAll('[id]')) { if (seen.has(e.id)) wrong.push('twice: ' + e.id); seen.add(e.id); }
                  for (const e of document.querySelectorAll('input')) if (!e.labels.length || !e.labels[0].textContent.trim()) wrong.push('no label: ' + e.id);
                  for (const e of document.querySelectorAll('button, summary, a')) if (e.checkVisibility() && !e.textContent.trim()) wrong.push('no name: ' + e.id);
                  for (const e of document.querySelectorAll('[aria-describedby]')) for (const id of e.getAttribute('aria-describedby').split(' ')) if (!document.getElementById(id)) wrong.push('nowhere: ' + id);
                  for (const e of document.querySelectorAll('[tabindex]')) if (e.tabIndex > 0) wrong.push('out of order: ' + e.id);
                  for (const e of document.querySelectorAll('*')) for (const a of e.attributes) if (a.name.startsWith('on') || a.name === 'style') wrong.push('inline: ' + a.name);
                  return wrong;
                }
                """);
            Assert.Empty(wrong);
            await ani.Page.Locator("#language").ClickAsync();
            await ani.StatesAsync("Connected as ani.");
            Assert.Equal("en", await ani.Page.Locator("html").GetAttributeAsync("lang"));
            ani.AssertUntroubled();
        }
    }

    [Theory]
    [InlineData(390, 844, "id", false, true)]
    [InlineData(390, 844, "en", true, true)]
    [InlineData(320, 568, "en", false, true)]
    [InlineData(1280, 800, "id", true, false)]
    [InlineData(1280, 800, "en", false, false)]
    public async Task It_fits_a_phone_and_a_desk_light_and_dark(int width, int height, string language, bool dark, bool touches)
    {
        (SoketProcess server, string page, int port) = await ServeAsync();
        await using (server)
        {
            await using var guest = new ChatVisitor(await chromium.VisitAsync(page, language, width, height, dark, touches));
            await guest.Page.GotoAsync(page);
            await FitsAsync(guest, $"entrance-{width}-{language}", width, dark);

            await using ChatVisitor ani = await ChatVisitor.EnterAsync(chromium, page, "ani", language, width, height, dark, touches);
            await using SoketProcess other = SoketProcess.Soket("chat", $"127.0.0.1:{port}", "--nick", "budi", "--room", "lobby", "--room", "kelas");
            await ani.SeesAsync("budi");
            string longest = new('x', 300);
            await other.WriteAsync($"/join lobby\n{longest}\nhalo, ini pesan yang agak panjang supaya barisnya terlipat di layar yang sempit\n/msg ani berdua saja\n");
            await ani.SeesAsync("berdua saja");
            await ani.SayAsync("/join kelas");
            await ani.SeesRoomAsync("kelas");
            await ani.SayAsync("/topic sebuah topik yang juga panjang, supaya terlihat apa yang terjadi dengannya");
            await ani.SayAsync("/nikc x");
            await ani.SeesAsync("/nikc");
            await other.WriteAsync("belum dibaca\n");
            await Expect(ani.Page.Locator(".count:not([hidden])")).ToHaveCountAsync(1);
            await FitsAsync(ani, $"kelas-{width}-{language}", width, dark);
            await ani.Page.Locator("#rooms button", new() { HasTextString = "#lobby" }).ClickAsync();
            await ani.SeesAsync("berdua saja");
            await FitsAsync(ani, $"lobby-{width}-{language}", width, dark);
            if (touches)
            {
                await ani.Page.Locator("#more summary").TapAsync();
                await ani.Page.Locator("#people-box summary").TapAsync();
                await FitsAsync(ani, $"open-{width}-{language}", width, dark);
            }

            ani.AssertUntroubled();
        }
    }

    [Fact]
    public async Task A_page_for_other_machines_has_tls_and_a_token_or_is_not_served()
    {
        string token = Path.Combine(_folder.FullName, "token");
        await File.WriteAllTextAsync(token, "buka-pintu-77\n", Token);
        foreach ((string[] arguments, string said) in ((string[], string)[])
            [
                (["ws://0.0.0.0:0/"], "take TLS: `wss://0.0.0.0:0/`"),
                (["wss://0.0.0.0:0/"], "everybody who reaches this page could come in"),
                (["--host", "0.0.0.0", "--port", "0"], "everybody who reaches this page could come in"),
                (["ws://0.0.0.0:0/", "--token-file", token], "take TLS"),
            ])
        {
            Finished refused = await SoketProcess.RunAsync(["serve", "chat", "--web", .. arguments]);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains(said, string.Join(' ', refused.Error.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        }

        (SoketProcess server, JsonElement ready) = await ReadyAsync("serve", "chat", "--web", "wss://0.0.0.0:0/", "--token-file", token);
        await using (server)
        {
            string page = ready.GetProperty("pages")[0].GetString()!;
            Assert.StartsWith("https://", page, StringComparison.Ordinal);
            Assert.DoesNotContain("0.0.0.0", page, StringComparison.Ordinal);
            string local = $"https://127.0.0.1:{new Uri(page).Port}/";
            await using var ani = new ChatVisitor(await chromium.VisitAsync(local));
            await ani.Page.GotoAsync(local + "#token=buka-pintu-77");
            await ani.Page.Locator("#nick").FillAsync("ani");
            await ani.Page.Keyboard.PressAsync("Enter");
            await ani.SeesRoomAsync("lobby");
            ani.AssertUntroubled();
        }
    }

    private static async Task FitsAsync(ChatVisitor visitor, string name, int width, bool dark)
    {
        if (_kept is { Length: > 0 })
            await visitor.Page.ScreenshotAsync(new() { Path = Path.Combine(_kept, $"chat-{name}-{(dark ? "dark" : "light")}.png") });
        Assert.True(await visitor.Page.EvaluateAsync<int>("() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('nav, aside, main, .log')].filter(e => e.checkVisibility()).map(e => e.scrollWidth > e.clientWidth + 1 ? 9999 : 0))") <= width, name);
        // A finger's size, and what is typed in does not make a phone zoom in.
        string[] small = await visitor.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('button, input, summary')].filter(e => e.checkVisibility() && (e.getBoundingClientRect().height < 43.5 || parseFloat(getComputedStyle(e).fontSize) < 16)).map(e => e.outerHTML)");
        Assert.Empty(small);
        // Where one types is in view.
        if (await visitor.Message.IsVisibleAsync())
        {
            double bottom = await visitor.Page.EvaluateAsync<double>("() => document.querySelector('#say button').getBoundingClientRect().bottom - innerHeight");
            Assert.True(bottom <= 0, $"{name}: {bottom} below the edge");
        }

        await PageChecks.AssertContrastAsync(visitor.Page, dark, "body *");
    }

    private static Task<string> FocusAsync(ChatVisitor visitor) => visitor.Page.EvaluateAsync<string>(
        "() => { const e = document.activeElement; return e === document.body ? '' : e.id ? e.id : e.tagName + ' ' + (e.ariaLabel ?? [...e.childNodes].filter(n => !n.hidden).map(n => n.textContent).join('')).trim(); }");

    private static async Task<(SoketProcess Server, string Page, int Port)> ServeAsync(params string[] more)
    {
        (SoketProcess server, JsonElement ready) = await ReadyAsync(["serve", "chat", "tcp://127.0.0.1:0", "ws://127.0.0.1:0/", "--web", .. more]);
        return (server, ready.GetProperty("pages")[0].GetString()!, SoketProcess.PortOf(ready.GetProperty("endpoints")[0].GetString()!));
    }

    private static async Task<(SoketProcess Server, JsonElement Ready)> ReadyAsync(params string[] arguments)
    {
        SoketProcess server = SoketProcess.Soket([.. arguments, "--json"]);
        string ready = await server.OutLineAsync(line => line.Contains("\"type\":\"ready\"", StringComparison.Ordinal));
        using JsonDocument document = JsonDocument.Parse(ready);
        return (server, document.RootElement.Clone());
    }
}
