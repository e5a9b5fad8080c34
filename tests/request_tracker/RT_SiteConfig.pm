# Request Tracker for tests: everything under one folder, SQLite, no mail, no outside address.
use utf8;
my $home = $ENV{DESKMATE_TEST_RT_HOME} or die "DESKMATE_TEST_RT_HOME names the folder";
Set($rtname, 'desk.example');
Set($Organization, 'desk.example');
Set($WebDomain, '127.0.0.1');
Set($WebPort, $ENV{DESKMATE_TEST_RT_PORT});
Set($WebBaseURL, "http://127.0.0.1:$ENV{DESKMATE_TEST_RT_PORT}");
Set($WebPath, '');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, "$home/rt5");
Set($MailCommand, 'testfile');
Set($LogToSTDERR, 'warning');
Set($LogToSyslog, undef);
Set($WebSecureCookies, 0);
Set($Timezone, 'UTC');
Set($MasonDataDir, "$home/mason");
Set($SendmailPath, '/bin/true');
# The four words of a help desk, so that people see in Request Tracker what the customer was told.
Set(%PriorityAsString, Default => { low => 0, normal => 50, high => 75, urgent => 100 });
# One status each for what the desk knows; a stock lifecycle has no 'on hold' and no 'closed'.
Set(%Lifecycles, desk => {
    initial  => ['new'],
    active   => ['open', 'pending', 'on_hold'],
    inactive => ['solved', 'closed'],
    defaults => { on_create => 'new', on_merge => 'closed' },
    transitions => {
        ''      => [qw(new open solved)],
        new     => [qw(open pending on_hold solved closed)],
        open    => [qw(new pending on_hold solved closed)],
        pending => [qw(open on_hold solved closed)],
        on_hold => [qw(open pending solved closed)],
        solved  => [qw(open closed)],
        closed  => [qw(open)],
    },
    rights => { '* -> *' => 'ModifyTicket' },
    actions => [],
});
1;
