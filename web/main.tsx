/** Starts the pages in the browser. */
import '@mantine/core/styles.css'
import '@fontsource-variable/inter/wght.css'
import './styles/theme.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/parts.css'
import './styles/charts.css'
import './styles/why.css'
import './styles/evidence.css'
import './styles/sources.css'
import { createTheme, MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api.ts'
import { createAppRouter } from './router.tsx'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
    },
  },
})
const theme = createTheme({ respectReducedMotion: true, cursorType: 'pointer' })

createRoot(document.getElementById('root') as HTMLElement).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
    <QueryClientProvider client={queries}>
      <RouterProvider router={createAppRouter(queries)} />
    </QueryClientProvider>
  </MantineProvider>,
)
